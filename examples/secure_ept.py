"""The page calls of a TDX module for one TD that runs, as a process that dmaproof can question (docs/protocol.md).

    npx dmaproof conform 'python3 examples/secure_ept.py' --interface sept
    npx dmaproof conform 'python3 examples/secure_ept.py early-removal' --interface sept

A word plants one fault:

    early-removal   a page counts as tracked as soon as a TRACK came after its block, whatever vCPUs have run since before:
                    such a vCPU still reaches the frame, which is the host's again
    owned-frame     a frame that the TD has is added once more
    no-block        a page is removed that was not blocked
    no-tracking     a page is removed that was blocked, and not tracked
    kept-content    a page is accepted as the frame was left
    epoch-skipped   a TRACK ends an epoch while a vCPU runs in the one before
"""

import json
import sys

FREE, PENDING, MAPPED, PENDING_BLOCKED, BLOCKED = "free", "pending", "mapped", "pending-blocked", "blocked"
HELLO = {
    "protocol": 1,
    "name": "secure_ept.py",
    "interfaces": "sept",
    "flaws": "",
    "limits": "",
    "observes": "data entry type",
    "devices": 1,
    "pages": 8,
    "vcpus": 4,
}
BLOCKS = {MAPPED: BLOCKED, PENDING: PENDING_BLOCKED}
WORDS = {"early-removal", "owned-frame", "no-block", "no-tracking", "kept-content", "epoch-skipped"}


class Exit(Exception):
    """The vCPU leaves the guest, for it touched what it may not use."""


class Module:
    def __init__(self, pages, vcpus, words):
        self.words = words
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

    def answer(self, call, page=0, frame=0, vcpu=0, value=0, **_):
        """What the reply says beside its outcome; a status is the outcome itself."""
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
    unknown = sorted(set(sys.argv[1:]) - WORDS)
    if unknown:
        sys.exit(f"{sys.argv[0]}: no such word: {' '.join(unknown)}; there are: {' '.join(sorted(WORDS))}")
    module = None
    for line in sys.stdin:
        request = json.loads(line)
        reply = {"id": request.pop("id"), "outcome": "ok"}
        if request["call"] == "hello":
            reply.update(HELLO)
        elif request["call"] == "reset":
            module = Module(request["pages"], request.get("vcpus", 1), sys.argv[1:])
        elif module is not None:
            try:
                reply.update(module.answer(**request))
            except Exit:
                module.runs_in[request["vcpu"]] = None
                reply["outcome"] = "EPT_VIOLATION"
        sys.stdout.write(json.dumps(reply) + "\n")
        sys.stdout.flush()


main()
