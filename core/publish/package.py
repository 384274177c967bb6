"""A workbook file as its parts: what is not touched goes back byte for byte."""

import io
import posixpath
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import PublishError
from core.publish.xml_spans import Element, escape, inside, prefix, read, splice

RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_TYPES = "[Content_Types].xml"


@dataclass(frozen=True, slots=True)
class Relation:
    id: str
    kind: str  # the last word of its type: worksheet, comments, vmlDrawing
    target: str


@dataclass
class Package:
    """Parts by name, in the order of the file. Change them through `write`."""

    parts: dict[str, bytes]
    entries: dict[str, zipfile.ZipInfo] = field(default_factory=dict)

    def write(self, part: str, data: bytes) -> None:
        self.parts[part] = data

    def to_bytes(self) -> bytes:
        memory = io.BytesIO()
        with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in self.parts.items():
                entry = zipfile.ZipInfo(
                    name, self.entries[name].date_time if name in self.entries else (1980, 1, 1, 0, 0, 0)
                )
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, data)
        return memory.getvalue()

    @property
    def workbook(self) -> str:
        """The main part, wherever it lies."""
        found = [r.target for r in self.relations("") if r.kind == "officeDocument"]
        if not found or found[0] not in self.parts:
            raise ValueError("it has no workbook part")
        return found[0]

    def relations(self, part: str) -> list[Relation]:
        name = relations_part(part)
        if name not in self.parts:
            return []
        folder = posixpath.dirname(part)
        return [
            Relation(
                e.attributes["Id"], e.attributes["Type"].rpartition("/")[2], _absolute(folder, e.attributes["Target"])
            )
            for e in read(self.parts[name]).children
            if e.attributes.get("TargetMode") != "External"
        ]

    def relate(self, part: str, kind: str, target: str) -> str:
        """A new relation of `part`; answers with its id."""
        name = relations_part(part)
        if name not in self.parts:
            self.parts[name] = (
                b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships '
                b'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>'
            )
        root = read(self.parts[name])
        taken = {e.attributes["Id"] for e in root.children}
        new_id = next(f"rId{n}" for n in range(1, len(taken) + 2) if f"rId{n}" not in taken)
        path = posixpath.relpath(target, posixpath.dirname(part))
        self._add(name, root, "Relationship", {"Id": new_id, "Type": RELATION + kind, "Target": path})
        return new_id

    def declare(self, part: str, content_type: str) -> None:
        root = read(self.parts[_TYPES])
        self._add(_TYPES, root, "Override", {"PartName": f"/{part}", "ContentType": content_type})

    def declare_extension(self, extension: str, content_type: str) -> None:
        root = read(self.parts[_TYPES])
        if all(e.attributes.get("Extension", "").lower() != extension for e in root.children):
            self._add(_TYPES, root, "Default", {"Extension": extension, "ContentType": content_type})

    def drop(self, part: str, owner: str) -> None:
        """Takes a part out, with its relation and its declared type."""
        self.parts.pop(part)
        for name in (_TYPES, relations_part(owner)):
            data = self.parts[name]
            gone = [e for e in read(data).children if _names(e, part, owner)]
            self.parts[name] = splice(data, [(e.start, e.end, b"") for e in gone])

    def new_name(self, pattern: str) -> str:
        """The first free name: `xl/comments{}.xml` -> `xl/comments3.xml`."""
        taken = {name.lower() for name in self.parts}
        return next(n for i in range(1, 10_000) if (n := pattern.format(i)).lower() not in taken)

    def _add(self, name: str, root: Element, tag: str, attributes: dict[str, str]) -> None:
        said = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
        data = self.parts[name]
        new = f"<{prefix(data, root)}{tag}{said}/>".encode()
        self.parts[name] = splice(data, [inside(data, root, new)])


def open_package(data: bytes, path: Path) -> Package:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = {entry.filename: entry for entry in archive.infolist() if not entry.is_dir()}
            package = Package({name: archive.read(entry) for name, entry in entries.items()}, entries)
        _ = package.workbook
    except (zipfile.BadZipFile, ValueError, KeyError, RuntimeError, NotImplementedError, EOFError, OSError) as error:
        raise not_a_workbook(path, str(error)) from None
    except Exception as error:  # zlib and lzma raise their own
        raise not_a_workbook(path, type(error).__name__) from None
    return package


def not_a_workbook(path: Path, why: str) -> PublishError:
    return PublishError(
        f"{path.name} cannot be read as a workbook ({why.rstrip('.')}); it was left as it is.",
        next_step="Save it again as .xlsx, or move it away: the next publish makes a new one.",
    )


def relations_part(part: str) -> str:
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def _absolute(folder: str, target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))


def _names(element: Element, part: str, owner: str) -> bool:
    if "PartName" in element.attributes:
        return element.attributes["PartName"].lstrip("/") == part
    target = element.attributes.get("Target")
    return target is not None and _absolute(posixpath.dirname(owner), target) == part
