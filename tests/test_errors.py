"""Errors are sentences with a next step, and each has its exit code."""

import pytest

from core import errors
from core.errors import (
    BusyError,
    ContractError,
    DefinitionError,
    FactoryError,
    MisuseError,
    PeriodError,
    PublishError,
    ShapeError,
    SourceError,
    did_you_mean,
)


def test_a_message_ends_with_the_next_step():
    error = SourceError("The sheet could not be read.", next_step="Share it with the service account.")
    assert str(error) == "The sheet could not be read. Share it with the service account."
    assert str(SourceError("The sheet could not be read.")) == "The sheet could not be read."


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (FactoryError, 1),
        (SourceError, 1),
        (ContractError, 1),
        (ShapeError, 1),
        (PublishError, 1),
        (MisuseError, 2),
        (PeriodError, 2),
        (BusyError, 75),
    ],
)
def test_every_kind_leaves_with_its_exit_code(kind: type[FactoryError], code: int):
    assert kind("What went wrong.").exit_code == code


def test_a_definition_error_tells_all_faults_at_once():
    error = DefinitionError(iter(["owner is missing", "unit is missing"]), next_step="Mend them.")
    assert error.exit_code == 2
    assert error.faults == ("owner is missing", "unit is missing")
    assert str(error) == "owner is missing\nunit is missing Mend them."


def test_the_tree_in_the_docstring_holds_every_error():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, FactoryError)]
    assert len(kinds) == 10
    assert all(kind.__name__ in str(errors.__doc__) for kind in kinds)


def test_a_typing_error_is_answered_with_the_word_that_was_meant():
    assert did_you_mean("hihger", ["higher", "lower"]) == 'Did you mean "higher"?'
    assert did_you_mean("xyz", ["higher", "lower"]) == ""
    assert did_you_mean("x", iter(())) == ""
