"""Faults of the fields of a definition, as sentences without the file's name."""


def text_problems(thing: object, *words: str, needed: bool = True) -> list[str]:
    """The fields of these names that hold no text; those that are `needed` are not empty either."""
    fields = {word: getattr(thing, word) for word in words}
    return [
        f"{word} is missing" if isinstance(said, str) else f"{word} is of type {type(said).__name__}, not a text"
        for word, said in fields.items()
        if not isinstance(said, str) or (needed and not said.strip())
    ]


def are_texts(said: object) -> bool:
    """Whether it is a list of texts; a single text is none, though it can be gone through like one."""
    return isinstance(said, tuple | list) and all(isinstance(text, str) and text.strip() for text in said)
