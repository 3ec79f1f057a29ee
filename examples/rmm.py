"""The commands of an RMM for one realm of Arm CCA, as a process that dmaproof can question (docs/protocol.md).

    npx dmaproof conform 'python3 examples/rmm.py' --interface rmm
    npx dmaproof conform 'python3 examples/rmm.py interrupted early-release' --interface rmm

With `interrupted` an interrupt is pending at each unmap, which stops before it has invalidated anything. Each other word
plants one fault:

    delegate-twice    a granule that is the RMM's is delegated again
    undelegate-data   a granule that the realm uses is given back to the host
    no-scrub          a granule is given back as it was
    map-host          a granule of the host is mapped
    keep-data         a granule is mapped as the host left it
    keep-ripas        an unmap does not say that the content is gone
    no-consent        the host makes a destroyed page memory without the consent of the realm
    early-release     a granule is without a use as soon as its unmap has begun
    mark-ignored      a page is mapped while its unmap is not done
"""

import json
import sys

HOST, DELEGATED, DATA = "host", "delegated", "data"
EMPTY, RAM, DESTROYED = "empty", "ram", "destroyed"
HELLO = {
    "protocol": 1,
    "name": "rmm.py",
    "interfaces": "rmm",
    "flaws": "",
    "limits": "",
    "observes": "data entry ripas",
    "devices": 1,
    "pages": 8,
    "vcpus": 4,
    "platform": "arm-cca",
}
WORDS = {
    "interrupted", "delegate-twice", "undelegate-data", "no-scrub", "map-host", "keep-data", "keep-ripas",
    "no-consent", "early-release", "mark-ignored",
}


class Abort(Exception):
    """An access that does not reach memory, with what becomes of it."""


class Rmm:
    def __init__(self, pages, vcpus, words):
        self.words = words
        self.state = [HOST] * pages  # of a granule
        self.value = [0] * pages  # what a granule holds
        self.entry = [None] * pages  # granule of a page
        self.ripas = [RAM] * pages
        self.owed = [None] * pages  # granule whose unmap from a page is not done
        self.tlb = [{} for _ in range(vcpus)]

    def delegate(self, frame):
        if self.state[frame] != HOST and "delegate-twice" not in self.words:
            return "RMI_ERROR_INPUT"
        self.state[frame] = DELEGATED
        return "ok"

    def undelegate(self, frame):
        if self.state[frame] != DELEGATED and not ("undelegate-data" in self.words and self.state[frame] == DATA):
            return "RMI_ERROR_INPUT"
        self.state[frame] = HOST
        if "no-scrub" not in self.words:
            self.value[frame] = 0
        return "ok"

    def map(self, page, frame):
        if self.entry[page] is not None:
            return "ok" if self.entry[page] == frame else "RMI_ERROR_RTT"
        if self.owed[page] is not None and "mark-ignored" not in self.words:
            return "RMI_BUSY"
        if self.state[frame] != DELEGATED and not ("map-host" in self.words and self.state[frame] == HOST):
            return "RMI_ERROR_INPUT"
        self.state[frame], self.entry[page] = DATA, frame
        if "keep-data" not in self.words:
            self.value[frame] = 0
        return "ok"

    def unmap(self, page):
        frame = self.entry[page]
        if frame is None:
            return "ok"
        self.entry[page], self.owed[page] = None, frame
        if self.ripas[page] == RAM and "keep-ripas" not in self.words:
            self.ripas[page] = DESTROYED
        if "interrupted" in self.words:
            if "early-release" in self.words:
                self.state[frame] = DELEGATED
            return "RMI_INCOMPLETE"
        return self.finish(page)

    def finish(self, page):
        """What an unmap owes: no CPU has the translation, then the granule has no use, then the mark is gone."""
        if self.owed[page] is None:
            return "RMI_ERROR_INPUT"
        for tlb in self.tlb:
            tlb.pop(page, None)
        self.state[self.owed[page]] = DELEGATED
        self.owed[page] = None
        return "ok"

    def set_ripas(self, page, ripas, destroyed):
        if self.owed[page] is not None:
            return "RMI_ERROR_RTT"
        if ripas == RAM and self.ripas[page] == DESTROYED and not destroyed and "no-consent" not in self.words:
            return "RMI_ERROR_RTT"
        self.ripas[page] = ripas
        if ripas == EMPTY:
            for tlb in self.tlb:
                tlb.pop(page, None)
        return "ok"

    def reach(self, vcpu, page):
        """The granule that a vCPU comes to, through its TLB."""
        if self.ripas[page] == EMPTY:
            raise Abort("REALM_ABORT")
        if page not in self.tlb[vcpu]:
            if self.entry[page] is None or self.ripas[page] != RAM:
                raise Abort("DATA_ABORT")
            self.tlb[vcpu][page] = self.entry[page]
        return self.tlb[vcpu][page]

    def of_host(self, frame):
        if self.state[frame] != HOST:
            raise Abort("GRANULE_PROTECTION_FAULT")
        return frame

    def answer(self, call, page=0, frame=0, vcpu=0, value=0, ripas=RAM, destroyed=0, **_):
        """What the reply says beside its id; a status is the outcome itself."""
        if call == "rmi.granule.delegate":
            return {"outcome": self.delegate(frame)}
        if call == "rmi.granule.undelegate":
            return {"outcome": self.undelegate(frame)}
        if call == "rmi.rtt.data-map":
            return {"outcome": self.map(page, frame)}
        if call == "rmi.rtt.data-unmap":
            return {"outcome": self.unmap(page)}
        if call == "rmi.op.continue":
            return {"outcome": self.finish(page)}
        if call == "rmi.rtt.set-ripas":
            return {"outcome": self.set_ripas(page, ripas, destroyed)}
        if call == "rmi.rtt.read-entry":
            entry = "unassigned" if self.entry[page] is None else "assigned"
            return {"entry": entry, "ripas": self.ripas[page]}
        if call == "realm-write":
            self.value[self.reach(vcpu, page)] = value
        if call == "realm-read":
            return {"data": self.value[self.reach(vcpu, page)]}
        if call == "granule-write":
            self.value[self.of_host(frame)] = value
        if call == "granule-read":
            return {"data": self.value[self.of_host(frame)]}
        return {}


def main():
    unknown = sorted(set(sys.argv[1:]) - WORDS)
    if unknown:
        sys.exit(f"{sys.argv[0]}: no such word: {' '.join(unknown)}; there are: {' '.join(sorted(WORDS))}")
    rmm = None
    for line in sys.stdin:
        request = json.loads(line)
        reply = {"id": request.pop("id"), "outcome": "ok"}
        if request["call"] == "hello":
            reply.update(HELLO)
        elif request["call"] == "reset":
            rmm = Rmm(request["pages"], request.get("vcpus", 1), sys.argv[1:])
        elif rmm is not None:
            try:
                reply.update(rmm.answer(**request))
            except Abort as abort:
                reply["outcome"] = str(abort)
        sys.stdout.write(json.dumps(reply) + "\n")
        sys.stdout.flush()


main()
