"""XML read with the place of every element in the file, so that an edit leaves all other bytes as they are."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from xml.parsers import expat

_SHORT = 1_000
_START_TAG = re.compile(rb"<[^>\"']*(?:\"[^\"]*\"[^>\"']*|'[^']*'[^>\"']*)*>")


@dataclass(slots=True)
class Element:
    """`start` to `end` is the whole element, `inner` to `inner_end` what stands between its tags."""

    tag: str
    attributes: Mapping[str, str]
    start: int
    inner: int
    inner_end: int = 0
    end: int = 0
    text: str = ""
    children: list["Element"] = field(default_factory=list)

    def find(self, tag: str) -> "Element | None":
        return next((child for child in self.children if child.tag == tag), None)

    def all(self, tag: str) -> Iterator["Element"]:
        """At any depth, in the order of the file."""
        for child in self.children:
            if child.tag == tag:
                yield child
            yield from child.all(tag)

    @property
    def words(self) -> str:
        """All the text inside, in order."""
        return self.text + "".join(child.words for child in self.children)


def read(data: bytes) -> Element:
    """The root. Names are local: prefixes are left out. Raises ValueError for what is not UTF-8 XML.

    It is not to be changed: what is short, like a style, is read once and given again.
    """
    return _read_once(data) if len(data) < _SHORT else _read(data)


@lru_cache(1024)
def _read_once(data: bytes) -> Element:
    return _read(data)


def _read(data: bytes) -> Element:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise ValueError("the XML is not UTF-8")
    parser = expat.ParserCreate()
    parser.buffer_text = True
    top = Element("", {}, 0, 0)
    open_elements = [top]

    def begin(name: str, attributes: dict[str, str]) -> None:
        start = parser.CurrentByteIndex
        match = _START_TAG.match(data, start)
        if match is None:
            raise ValueError("the XML cannot be followed")
        element = Element(_local(name), _plain(attributes), start, match.end())
        if data[match.end() - 2] == 0x2F:  # <empty/>
            element.inner_end = element.end = match.end()
        open_elements[-1].children.append(element)
        open_elements.append(element)

    def finish(name: str) -> None:
        element = open_elements.pop()
        if not element.end:
            element.inner_end = parser.CurrentByteIndex
            element.end = data.index(b">", element.inner_end) + 1

    def say(text: str) -> None:
        open_elements[-1].text += text

    def refuse(*_: object) -> None:
        raise ValueError("the XML declares a document type, which no workbook does")

    parser.StartElementHandler, parser.EndElementHandler = begin, finish
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = say, refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise ValueError(f"the XML is broken ({error})") from None
    return top.children[0]


Splice = tuple[int, int, bytes]
"""From, to, and what stands there instead."""


def splice(data: bytes, edits: Iterable[Splice]) -> bytes:
    """All edits at once; insertions at one place keep their order."""
    pieces: list[bytes] = []
    at = 0
    for start, end, new in sorted(edits, key=lambda e: (e[0], e[1])):
        if start < at:
            raise ValueError("two edits overlap")
        pieces += (data[at:start], new)
        at = end
    return b"".join((*pieces, data[at:]))


def inside(data: bytes, element: Element, new: bytes) -> Splice:
    """Adds at the end of an element, also of an empty one that is written `<a/>`."""
    if element.inner_end != element.end:
        return element.inner_end, element.inner_end, new
    head = data[element.start : element.end]
    name = prefixed(data, element)
    return element.start, element.end, head[:-2].rstrip() + b">" + new + b"</" + name + b">"


def with_attribute(data: bytes, element: Element, name: str, value: str) -> bytes:
    """The element's start tag with one attribute set; the others stay as they are."""
    head = data[element.start : element.inner]
    new = f'{name}="{escape(value)}"'.encode()
    pattern = re.compile(rb"(?<=[\s])" + re.escape(name.encode()) + rb"\s*=\s*(?:\"[^\"]*\"|'[^']*')")
    if pattern.search(head):
        return pattern.sub(lambda _: new, head, count=1)
    cut = -2 if head.endswith(b"/>") else -1
    return head[:cut].rstrip() + b" " + new + head[cut:]


def prefixed(data: bytes, element: Element) -> bytes:
    """The element's name as it is written, with its prefix."""
    match = re.match(rb"<([^\s/>]+)", data[element.start : element.inner])
    assert match
    return match[1]


def prefix(data: bytes, element: Element) -> str:
    """`x:` where the file writes `<x:c>`, mostly nothing."""
    name = prefixed(data, element).decode()
    return name.rpartition(":")[0] + ":" if ":" in name else ""


def escape(text: str) -> str:
    for plain, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("\n", "&#10;")):
        text = text.replace(plain, entity)
    return text


def _local(name: str) -> str:
    return name.rpartition(":")[2] if ":" in name else name


def _plain(attributes: dict[str, str]) -> dict[str, str]:
    """With local names, and without what declares prefixes."""
    names = "".join(attributes)
    if ":" not in names and "xmlns" not in names:  # a cell's: there are thousands
        return attributes
    return {_local(key): value for key, value in attributes.items() if not key.startswith("xmlns")}
