"""The page calls of a TDX module for one TD that runs, as a process that dmaproof can question (docs/protocol.md).

    npx dmaproof conform 'python3 examples/secure_ept.py' --interface sept
    npx dmaproof conform 'python3 examples/secure_ept.py' --interface sept-2.0
    npx dmaproof conform 'python3 examples/secure_ept.py early-removal' --interface sept

On `sept-2.0` the TD trusts a device, which translates by the same tables behind an IOMMU that caches. A word plants one
fault; those of the IOMMU show on `sept-2.0`:

    early-removal   a page counts as tracked as soon as a TRACK came after its block, whatever vCPUs have run since before:
                    such a vCPU still reaches the frame, which is the host's again
    owned-frame     a frame that the TD has is added once more
    no-block        a page is removed that was not blocked
    no-tracking     a page is removed that was blocked, and not tracked
    kept-content    a page is accepted as the frame was left
    epoch-skipped   a TRACK ends an epoch while a vCPU runs in the one before
    owed-removal    a page is removed while the IOMMU owes the invalidation of the last epoch
    owed-track      a TRACK begins an epoch while the IOMMU owes the invalidation of the last one
    lost-request    an invalidation of the IOMMU counts as done, and was never queued
    entry-owed      the entry of the device is removed before its invalidation is done
    kept-entry      a device that the guest has not accepted reaches the TD
    entry-cached    an invalidation of the device's entry leaves what the IOMMU has cached by it
    as-1.5, as-2.0  the module is of that version, whichever is asked for
"""

import json
import sys

FREE, PENDING, MAPPED, PENDING_BLOCKED, BLOCKED = "free", "pending", "mapped", "pending-blocked", "blocked"
HELLO = {
    "protocol": 1,
    "name": "secure_ept.py",
    "interfaces": "sept sept-2.0",
    "flaws": "",
    "limits": "",
    "observes": "data entry type",
    "devices": 1,
    "pages": 8,
    "vcpus": 4,
}
BLOCKS = {MAPPED: BLOCKED, PENDING: PENDING_BLOCKED}
WORDS = set(
    "early-removal owned-frame no-block no-tracking kept-content epoch-skipped owed-removal owed-track lost-request "
    "entry-owed kept-entry entry-cached as-1.5 as-2.0".split()
)
NO_STATE, NOT_TRACKED = "TDX_DMAR_INVALID_MAPPING_STATE", "TDX_IOMMU_IOTLB_TRACKING_NOT_DONE"


class Exit(Exception):
    """The vCPU leaves the guest, for it touched what it may not use."""


class Blocked(Exception):
    """The IOMMU lets a DMA go nowhere."""


class Iommu:
    """The entry of the device, what the IOMMU has cached of the TD, and what it owes."""

    def __init__(self, words):
        self.words = words
        self.entry = "accepted"  # free, added, accepted; or added or accepted and blocked
        self.is_blocked = False
        self.entry_invalidation = "owed"  # queued, done
        self.owes = self.is_queued = False  # the invalidation of an epoch
        self.tlb = {}

    def note_track(self):
        self.owes = self.entry == "accepted"

    def request(self):
        if not self.owes or self.entry != "accepted":
            return "TDX_IOMMU_IOTLB_TRACKING_NOT_REQUIRED"
        if self.is_queued:
            return NOT_TRACKED
        self.is_queued = True
        return "ok"

    def process(self):
        """Everything that is queued is done by now."""
        of_entry = self.entry_invalidation == "queued" and "entry-cached" not in self.words
        if (self.is_queued or of_entry) and "lost-request" not in self.words:
            self.tlb.clear()
        if self.is_queued:
            self.owes = self.is_queued = False
        if self.entry_invalidation == "queued":
            self.entry_invalidation = "done"
        return "ok"

    def add(self):
        if self.entry != "free":
            return NO_STATE
        self.entry = "added"
        return "ok"

    def accept(self):
        if self.entry == "free" or self.is_blocked:
            return NO_STATE
        self.entry = "accepted"
        return "ok"

    def block(self):
        if self.entry == "free" or self.is_blocked:
            return NO_STATE
        self.is_blocked, self.entry_invalidation = True, "owed"
        return "ok"

    def request_entry(self):
        if not self.is_blocked:
            return NO_STATE
        if self.entry_invalidation != "owed":
            return "TDX_DMAR_INVALID_INV_STATE"
        self.entry_invalidation = "queued"
        return "ok"

    def remove(self):
        if not self.is_blocked:
            return NO_STATE
        if self.entry_invalidation != "done" and "entry-owed" not in self.words:
            return "TDX_DMAR_INVALID_INV_STATE"
        if self.entry == "accepted" and self.owes:
            return NOT_TRACKED
        self.entry, self.is_blocked, self.entry_invalidation = "free", False, "owed"
        return "ok"

    def reach(self, module, page):
        """The frame that the device comes to; a blocked entry is still used until its invalidation."""
        is_used = self.entry == "accepted" and not (self.is_blocked and self.entry_invalidation == "done")
        if not is_used and "kept-entry" not in self.words:
            raise Blocked
        if page not in self.tlb:
            if module.state[page] != MAPPED:
                raise Blocked
            self.tlb[page] = module.frame[page]
        return self.tlb[page]


class Module:
    def __init__(self, request, words):
        pages, vcpus = request["pages"], request.get("vcpus", 1)
        self.words = words
        is_20 = "as-2.0" in words or ("as-1.5" not in words and request["interface"] == "sept-2.0")
        self.iommu = Iommu(words) if is_20 else None
        self.state = [FREE] * pages
        self.frame = [None] * pages  # frame of a page
        self.blocked_in = [0] * pages  # epoch in which a page was blocked
        self.owned = [False] * pages  # whether a frame is the TD's
        self.value = [1] * pages  # what a frame holds, which the host has used before
        self.epoch = 0
        self.runs_in = [None] * vcpus  # epoch of a vCPU in the guest
        self.came_in = [0] * vcpus  # epoch in which a vCPU entered last
        self.tlb = [{} for _ in range(vcpus)]

    def aug(self, page, frame):
        if self.state[page] != FREE:
            return "TDX_EPT_ENTRY_STATE_INCORRECT"
        if self.owned[frame] and "owned-frame" not in self.words:
            return "TDX_PAGE_METADATA_INCORRECT"
        self.state[page], self.frame[page], self.owned[frame] = PENDING, frame, True
        return "ok"

    def block(self, page):
        if self.state[page] in BLOCKS.values():
            return "TDX_GPA_RANGE_ALREADY_BLOCKED"
        if self.state[page] == FREE:
            return "TDX_EPT_ENTRY_STATE_INCORRECT"
        self.state[page], self.blocked_in[page] = BLOCKS[self.state[page]], self.epoch
        return "ok"

    def track(self):
        if self.epoch - 1 in self.runs_in and "epoch-skipped" not in self.words:
            return "TDX_PREVIOUS_TLB_EPOCH_BUSY"
        if self.iommu is not None:
            if self.iommu.owes and "owed-track" not in self.words:
                return NOT_TRACKED
            self.iommu.note_track()
        self.epoch += 1
        return "ok"

    def is_tracked(self, page):
        if "no-tracking" in self.words:
            return True
        age = self.epoch - self.blocked_in[page]
        return age > 1 or (age == 1 and ("early-removal" in self.words or self.blocked_in[page] not in self.runs_in))

    def remove(self, page):
        if self.state[page] == FREE:
            return "TDX_EPT_ENTRY_STATE_INCORRECT"
        if self.state[page] not in BLOCKS.values():
            if "no-block" not in self.words:
                return "TDX_GPA_RANGE_NOT_BLOCKED"
            self.blocked_in[page] = self.epoch - 2
        if not self.is_tracked(page):
            return "TDX_TLB_TRACKING_NOT_DONE"
        is_last = self.epoch == self.blocked_in[page] + 1
        if is_last and self.iommu is not None and self.iommu.owes and "owed-removal" not in self.words:
            return NOT_TRACKED
        self.state[page], self.owned[self.frame[page]] = FREE, False
        return "ok"

    def enter(self, vcpu):
        if self.runs_in[vcpu] is None:
            if self.came_in[vcpu] != self.epoch:
                self.tlb[vcpu].clear()
            self.runs_in[vcpu] = self.came_in[vcpu] = self.epoch

    def accept(self, vcpu, page):
        self.enter(vcpu)
        if self.state[page] == MAPPED:
            return "TDX_PAGE_ALREADY_ACCEPTED"
        if self.state[page] != PENDING:
            raise Exit
        self.state[page] = MAPPED
        if "kept-content" not in self.words:
            self.value[self.frame[page]] = 0
        return "ok"

    def reach(self, vcpu, page):
        """The frame that a vCPU comes to, through its TLB."""
        self.enter(vcpu)
        if page not in self.tlb[vcpu]:
            if self.state[page] != MAPPED:
                raise Exit
            self.tlb[vcpu][page] = self.frame[page]
        return self.tlb[vcpu][page]

    def answer_of_iommu(self, call, page, vcpu, value):
        """What a module 2.0 has; a module 1.5 knows no such call."""
        if self.iommu is None:
            return {"outcome": "TDX_OPERAND_INVALID"}
        if call == "trusted-read":
            return {"data": self.value[self.iommu.reach(self, page)]}
        if call == "trusted-write":
            self.value[self.iommu.reach(self, page)] = value
            return {}
        if call == "tdg.dmar.accept-entry":
            self.enter(vcpu)
        if ".dmar." in call:
            return {"outcome": getattr(self.iommu, call.split(".")[2].split("-")[0])()}
        iq = {"request": self.iommu.request, "process": self.iommu.process, "request-entry": self.iommu.request_entry}
        return {"outcome": iq[call.split(".")[3]]()}

    def answer(self, call, page=0, frame=0, vcpu=0, value=0, **_):
        """What the reply says beside its outcome; a status is the outcome itself."""
        if ".dmar." in call or ".iq." in call or call.startswith("trusted-"):
            return self.answer_of_iommu(call, page, vcpu, value)
        if call == "private-write":
            self.value[self.reach(vcpu, page)] = value
        if call == "private-read":
            return {"data": self.value[self.reach(vcpu, page)]}
        if call == "tdh.mem.sept.rd":
            return {"entry": self.state[page]}
        if call == "tdh.phymem.page.rdmd":
            return {"type": "reg" if self.owned[frame] else "nda"}
        if call == "tdh.mem.page.aug":
            return {"outcome": self.aug(page, frame)}
        if call == "tdh.mem.range.block":
            return {"outcome": self.block(page)}
        if call == "tdh.mem.track":
            return {"outcome": self.track()}
        if call == "tdh.mem.page.remove":
            return {"outcome": self.remove(page)}
        if call == "tdh.phymem.page.wbinvd":
            return {"outcome": "TDX_PAGE_METADATA_INCORRECT" if self.owned[frame] else "ok"}
        if call == "tdg.mem.page.accept":
            return {"outcome": self.accept(vcpu, page)}
        if call == "vcpu-enter":
            self.enter(vcpu)
        if call == "vcpu-exit":
            self.runs_in[vcpu] = None
        return {}


def main():
    words = set(sys.argv[1:])
    unknown = sorted(words - WORDS)
    if unknown:
        sys.exit(f"{sys.argv[0]}: no such word: {' '.join(unknown)}; there are: {' '.join(sorted(WORDS))}")
    module = None
    for line in sys.stdin:
        request = json.loads(line)
        reply = {"id": request.pop("id"), "outcome": "ok"}
        if request["call"] == "hello":
            reply.update(HELLO)
        elif request["call"] == "reset":
            module = Module(request, words)
        elif module is not None:
            try:
                reply.update(module.answer(**request))
            except Exit:
                module.runs_in[request["vcpu"]] = None
                reply["outcome"] = "EPT_VIOLATION"
            except Blocked:
                reply["outcome"] = "DMA_BLOCKED"
        sys.stdout.write(json.dumps(reply) + "\n")
        sys.stdout.flush()


main()
