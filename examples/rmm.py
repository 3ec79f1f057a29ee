"""The commands of an RMM for one realm of Arm CCA, as a process that dmaproof can question (docs/protocol.md).

    npx dmaproof conform 'python3 examples/rmm.py' --interface rmm
    npx dmaproof conform 'python3 examples/rmm.py' --interface rmm-1.0
    npx dmaproof conform 'python3 examples/rmm.py interrupted early-release' --interface rmm

With `interrupted` an interrupt is pending at each unmap, which stops before it has invalidated anything; with
`interrupted-twice` at the first RMI_OP_CONTINUE as well. RMM 1.0 has no unmap that stops. Each other word plants one fault:

    delegate-twice       a granule that is the RMM's is delegated again
    undelegate-data      a granule that the realm uses is given back to the host
    no-scrub             a granule is given back as it was
    map-host             a granule of the host is mapped
    keep-data            a granule is mapped as the host left it
    keep-ripas           an unmap does not say that the content is gone
    no-consent           the host makes a destroyed page memory without the consent of the realm
    early-release        a granule is without a use as soon as its unmap has begun
    mark-ignored         a page is mapped while its unmap is not done
    unprot-over          an unprotected page is mapped over the map that it has
    unprot-no-tlbi       the TLBs keep an unprotected page that is unmapped
    unprot-mark-ignored  an unprotected page is mapped while its unmap is not done
    create-host          a granule of the host becomes a table
    create-twice         a table takes the place of a table
    table-free           the granule of a table has no use
    destroy-live         a table is destroyed in which pages are mapped
    destroy-keeps-ripas  a destroyed table leaves the RIPAS of its pages
    destroy-no-tlbi      the TLBs keep the unprotected pages of a destroyed table
    fold-mixed           a table is folded whose entries say different things
    as-1.0, as-2.0       the RMM is of that version, whichever is asked for
"""

import json
import sys

HOST, DELEGATED, IN_USE = "host", "delegated", "in use"
EMPTY, RAM, DESTROYED = "empty", "ram", "destroyed"
PROTECTED, UNPROTECTED = "protected", "unprotected"
OWN = -1  # a table that was there at the reset
HELLO = {
    "protocol": 1,
    "name": "rmm.py",
    "interfaces": "rmm rmm-1.0",
    "flaws": "",
    "limits": "",
    "observes": "data entry ripas",
    "devices": 1,
    "pages": 8,
    "vcpus": 4,
    "platform": "arm-cca",
}
WORDS = set(
    "interrupted interrupted-twice delegate-twice undelegate-data no-scrub map-host keep-data keep-ripas no-consent "
    "early-release mark-ignored unprot-over unprot-no-tlbi unprot-mark-ignored create-host create-twice table-free "
    "destroy-live destroy-keeps-ripas destroy-no-tlbi fold-mixed as-1.0 as-2.0".split()
)


class Abort(Exception):
    """An access that does not reach memory, with what becomes of it."""


class Half:
    """The entries of the protected or of the unprotected addresses."""

    def __init__(self, pages, vcpus, superpage):
        self.entry = [None] * pages  # granule of a page
        self.owed = [None] * pages  # granule whose unmap from a page is not done
        self.stops = [0] * pages  # how often a continued unmap stops
        self.table = [OWN] * (pages // superpage)  # granule of a table; None where there is none
        self.tlb = [{} for _ in range(vcpus)]

    def forget(self, page):
        for tlb in self.tlb:
            tlb.pop(page, None)


class Rmm:
    def __init__(self, request, words):
        pages, self.superpage = request["pages"], request["superpage"]
        self.words = words
        self.is_10 = "as-1.0" in words or ("as-2.0" not in words and request["interface"] == "rmm-1.0")
        self.state = [HOST] * pages  # of a granule
        self.value = [0] * pages  # what a granule holds
        self.ripas = [RAM] * pages
        vcpus = request.get("vcpus", 1)
        self.halves = {name: Half(pages, vcpus, self.superpage) for name in (PROTECTED, UNPROTECTED)}

    def delegate(self, frame):
        if self.state[frame] != HOST and "delegate-twice" not in self.words:
            return "RMI_ERROR_INPUT"
        self.state[frame] = DELEGATED
        return "ok"

    def undelegate(self, frame):
        if self.state[frame] != DELEGATED and not ("undelegate-data" in self.words and self.state[frame] == IN_USE):
            return "RMI_ERROR_INPUT"
        self.state[frame] = HOST
        if "no-scrub" not in self.words:
            self.value[frame] = 0
        return "ok"

    def has_table(self, half, page):
        return half.table[page // self.superpage] is not None

    def map(self, page, frame):
        half = self.halves[PROTECTED]
        is_free = self.state[frame] == DELEGATED or ("map-host" in self.words and self.state[frame] == HOST)
        if self.is_10 and not is_free:
            return "RMI_ERROR_INPUT"
        if not self.has_table(half, page):
            return "RMI_ERROR_RTT"
        if half.entry[page] is not None:
            return "ok" if half.entry[page] == frame and not self.is_10 else "RMI_ERROR_RTT"
        if half.owed[page] is not None and "mark-ignored" not in self.words:
            return "RMI_BUSY"
        if not is_free:
            return "RMI_ERROR_INPUT"
        self.state[frame], half.entry[page] = IN_USE, frame
        if "keep-data" not in self.words:
            self.value[frame] = 0
        return "ok"

    def map_unprotected(self, page, frame):
        """The granule stays the host's, and nothing is looked up about it."""
        half = self.halves[UNPROTECTED]
        if not self.has_table(half, page):
            return "RMI_ERROR_RTT"
        if half.owed[page] is not None and "unprot-mark-ignored" not in self.words:
            return "RMI_ERROR_RTT"
        if half.entry[page] is not None and "unprot-over" not in self.words:
            return "ok" if half.entry[page] == frame and not self.is_10 else "RMI_ERROR_RTT"
        half.entry[page] = frame
        return "ok"

    def unmap(self, name, page):
        half = self.halves[name]
        if not self.has_table(half, page):
            return "RMI_ERROR_RTT"
        if half.entry[page] is None:
            return "RMI_ERROR_RTT" if self.is_10 else "ok"
        half.owed[page], half.entry[page] = half.entry[page], None
        if name == PROTECTED and self.ripas[page] == RAM and "keep-ripas" not in self.words:
            self.ripas[page] = DESTROYED
        if not self.is_10 and self.words & {"interrupted", "interrupted-twice"}:
            if name == PROTECTED and "early-release" in self.words:
                self.state[half.owed[page]] = DELEGATED
            half.stops[page] = 1 if "interrupted-twice" in self.words else 0
            return "RMI_INCOMPLETE"
        return self.finish(name, page)

    def finish(self, name, page):
        """What an unmap owes: no CPU has the translation, then the granule has no use, then the mark is gone."""
        half = self.halves[name]
        if half.owed[page] is None:
            return "RMI_ERROR_INPUT"
        if half.stops[page] > 0:
            half.stops[page] -= 1
            return "RMI_INCOMPLETE"
        if name == PROTECTED or "unprot-no-tlbi" not in self.words:
            half.forget(page)
        if name == PROTECTED:
            self.state[half.owed[page]] = DELEGATED
        half.owed[page] = None
        return "ok"

    def create(self, name, page, frame):
        half, at = self.halves[name], page // self.superpage
        if self.state[frame] != DELEGATED and not ("create-host" in self.words and self.state[frame] == HOST):
            return "RMI_ERROR_INPUT"
        if half.table[at] is not None and "create-twice" not in self.words:
            return "RMI_ERROR_RTT"
        half.table[at] = frame
        if "table-free" not in self.words:
            self.state[frame] = IN_USE
        return "ok"

    def take_table(self, half, at):
        if half.table[at] != OWN:
            self.state[half.table[at]] = DELEGATED
        half.table[at] = None
        return "ok"

    def destroy(self, name, page):
        half, at = self.halves[name], page // self.superpage
        pages = range(at * self.superpage, (at + 1) * self.superpage)
        if half.table[at] is None or any(half.owed[one] is not None for one in pages):
            return "RMI_ERROR_RTT"
        is_live = name == PROTECTED and any(half.entry[one] is not None for one in pages)
        if is_live and "destroy-live" not in self.words:
            return "RMI_ERROR_RTT"
        for one in pages:
            half.entry[one] = None
            if name == PROTECTED and "destroy-keeps-ripas" not in self.words:
                self.ripas[one] = DESTROYED
            if "destroy-no-tlbi" not in self.words:
                half.forget(one)
        return self.take_table(half, at)

    def fold(self, name, page):
        half, at = self.halves[name], page // self.superpage
        pages = range(at * self.superpage, (at + 1) * self.superpage)
        if half.table[at] is None or any(half.owed[one] is not None for one in pages):
            return "RMI_ERROR_RTT"
        first = half.entry[pages[0]]
        if first is None:
            is_same = all(half.entry[one] is None for one in pages)
        else:
            in_row = all(half.entry[one] == first + offset for offset, one in enumerate(pages))
            is_same = in_row and first % self.superpage == 0
        if name == PROTECTED and len({self.ripas[one] for one in pages}) > 1:
            is_same = False
        if not is_same and "fold-mixed" not in self.words:
            return "RMI_ERROR_RTT"
        return self.take_table(half, at)

    def set_ripas(self, page, ripas, destroyed):
        half = self.halves[PROTECTED]
        if not self.has_table(half, page) or half.owed[page] is not None:
            return "RMI_ERROR_RTT"
        needs_consent = self.ripas[page] == DESTROYED and (ripas == RAM or self.is_10)
        if needs_consent and not destroyed and "no-consent" not in self.words:
            return "RMI_ERROR_RTT"
        self.ripas[page] = ripas
        if ripas == EMPTY:
            half.forget(page)
        return "ok"

    def reach(self, name, vcpu, page):
        """The granule that a vCPU comes to, through its TLB."""
        half = self.halves[name]
        is_usable = name == UNPROTECTED or self.ripas[page] == RAM
        if name == PROTECTED and self.ripas[page] == EMPTY:
            raise Abort("REALM_ABORT")
        if page not in half.tlb[vcpu]:
            if half.entry[page] is None or not is_usable:
                raise Abort("DATA_ABORT")
            half.tlb[vcpu][page] = half.entry[page]
        return half.tlb[vcpu][page] if name == PROTECTED else self.of_host(half.tlb[vcpu][page])

    def of_host(self, frame):
        if self.state[frame] != HOST:
            raise Abort("GRANULE_PROTECTION_FAULT")
        return frame

    def answer(self, call, page=0, frame=0, vcpu=0, value=0, ripas=RAM, destroyed=0, half=PROTECTED, **_):
        """What the reply says beside its id; a status is the outcome itself."""
        commands = {
            "rmi.granule.delegate": lambda: self.delegate(frame),
            "rmi.granule.undelegate": lambda: self.undelegate(frame),
            "rmi.rtt.data-map": lambda: self.map(page, frame),
            "rmi.rtt.data-unmap": lambda: self.unmap(PROTECTED, page),
            "rmi.rtt.unprot-map": lambda: self.map_unprotected(page, frame),
            "rmi.rtt.unprot-unmap": lambda: self.unmap(UNPROTECTED, page),
            "rmi.op.continue": lambda: self.finish(half, page),
            "rmi.rtt.create": lambda: self.create(half, page, frame),
            "rmi.rtt.destroy": lambda: self.destroy(half, page),
            "rmi.rtt.fold": lambda: self.fold(half, page),
            "rmi.rtt.set-ripas": lambda: self.set_ripas(page, ripas, destroyed),
        }
        if call in commands:
            return {"outcome": commands[call]()}
        if call == "rmi.rtt.read-entry":
            entry = "unassigned" if self.halves[half].entry[page] is None else "assigned"
            return {"entry": entry, **({"ripas": self.ripas[page]} if half == PROTECTED else {})}
        if call == "realm-write":
            self.value[self.reach(half, vcpu, page)] = value
        if call == "realm-read":
            return {"data": self.value[self.reach(half, vcpu, page)]}
        if call == "granule-write":
            self.value[self.of_host(frame)] = value
        if call == "granule-read":
            return {"data": self.value[self.of_host(frame)]}
        return {}


def main():
    words = set(sys.argv[1:])
    unknown = sorted(words - WORDS)
    if unknown:
        sys.exit(f"{sys.argv[0]}: no such word: {' '.join(unknown)}; there are: {' '.join(sorted(WORDS))}")
    rmm = None
    for line in sys.stdin:
        request = json.loads(line)
        reply = {"id": request.pop("id"), "outcome": "ok"}
        if request["call"] == "hello":
            reply.update(HELLO)
        elif request["call"] == "reset":
            rmm = Rmm(request, words)
        elif rmm is not None:
            try:
                reply.update(rmm.answer(**request))
            except Abort as abort:
                reply["outcome"] = str(abort)
        sys.stdout.write(json.dumps(reply) + "\n")
        sys.stdout.flush()


main()
