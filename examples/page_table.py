"""An IOMMU page table with superpages and an IOTLB, as a process that dmaproof can question (docs/protocol.md).

    npx dmaproof conform 'python3 examples/page_table.py' --interface page-table
    npx dmaproof conform 'python3 examples/page_table.py wrong-cursor' --interface page-table

The second one has a bug that Linux had (86dc40c7ea9c): an unmap that begins in the middle of a table goes on a whole
table further from there, and not from where the next table begins, so it skips what lies between.
"""

import json
import sys

WORDS = {"wrong-cursor"}

READ, WRITE = 1, 2
HELLO = {
    "protocol": 1,
    "name": "page_table.py",
    "interfaces": "page-table",
    "flaws": "",
    "limits": "",
    "observes": "result data unmapped",
    "devices": 2,
    "pages": 64,
}


class PageTable:
    """Leaves by (first page, pages), with their permissions; the IOTLB keeps copies of them."""

    def __init__(self, pages, superpage, wrong_cursor):
        self.superpage = superpage
        self.wrong_cursor = wrong_cursor
        self.leaves = {}
        self.iotlb = {}
        self.values = [0] * pages

    def entry(self, table, page):
        """The key of the leaf over a page, or None."""
        for key in ((page, 1), (page - page % self.superpage, self.superpage)):
            if key in table:
                return key
        return None

    def map(self, first, end, permissions):
        page = first
        while page < end:
            span = range(page, page + self.superpage)
            fits = page % self.superpage == 0 and span.stop <= end
            size = self.superpage if fits and not any(self.entry(self.leaves, one) for one in span) else 1
            if self.entry(self.leaves, page):
                self.unmap(first, page)
                return "EADDRINUSE"
            self.leaves[page, size] = permissions
            page += size
        return "ok"

    def unmap(self, first, end):
        page, gone = first, 0
        while page < end:
            table = page - page % self.superpage
            after = table + self.superpage
            is_large = (table, self.superpage) in self.leaves
            if is_large and page > table:  # nothing of a superpage that begins before it
                break
            keys = [(table, self.superpage)] if is_large else [(one, 1) for one in range(page, min(after, end))]
            for key in keys:
                if key not in self.leaves:  # a hole is the end
                    return gone
                del self.leaves[key]
                self.iotlb.pop(key, None)
                gone += key[1]
            page = page + self.superpage if self.wrong_cursor else after
        return gone

    def passes(self, page, access):
        key = self.entry(self.iotlb, page)
        if key is None:
            key = self.entry(self.leaves, page)
            if key is not None:
                self.iotlb[key] = self.leaves[key]
        return key is not None and self.iotlb[key] & access


def answer(table, call, request):
    """What the reply says beside its outcome; an errno is the outcome itself."""
    if call == "map":
        first = request["iovfn"]
        return {"outcome": table.map(first, first + request["count"], request["permissions"])}
    if call == "unmap":
        return {"unmapped": table.unmap(request["iovfn"], request["iovfn"] + request["count"])}
    if call == "host-write":
        table.values[request["page"]] = request["value"]
        return {}
    if call == "host-read":
        return {"data": table.values[request["page"]]}
    if call == "dma-write":
        passes = table.passes(request["iovfn"], WRITE)
        if passes:
            table.values[request["iovfn"]] = request["value"]
        return {"result": "done" if passes else "blocked"}
    if call == "dma-read":
        passes = table.passes(request["iovfn"], READ)
        return {"result": "done" if passes else "blocked", "data": table.values[request["iovfn"]] if passes else 0}
    return HELLO if call == "hello" else {}


def main():
    unknown = sorted(set(sys.argv[1:]) - WORDS)
    if unknown:
        sys.exit(f"{sys.argv[0]}: no such word: {' '.join(unknown)}; there are: {' '.join(sorted(WORDS))}")
    table = None
    for line in sys.stdin:
        request = json.loads(line)
        call = request["call"]
        if call == "reset":
            table = PageTable(request["pages"], request["superpage"], "wrong-cursor" in sys.argv[1:])
        reply = {"id": request["id"], "outcome": "ok", **answer(table, call, request)}
        sys.stdout.write(json.dumps(reply) + "\n")
        sys.stdout.flush()


main()
