"""Lists of Retailys come in pages that say how many there are; a page that contradicts itself is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from orderbus.domain.errors import NotNormalizableError, UnclearError
from orderbus.providers.fields import UnreadableError, Wire
from orderbus.providers.http import ProviderHttp
from orderbus.providers.retailys.wire import Paginator, any_rows

# What a page of any list has at most; ten is the default.
_LARGEST_PAGE = 250

Read = TypeVar("Read", bound=Wire)


@dataclass(frozen=True, slots=True)
class RetailysPage:
    """One page of a list, and how many pages and rows the list has."""

    rows: list[Any]
    pages: int
    total: int | None


class ListReader:
    """Reads lists, `{"paginator": {...}, "<what it lists>": [...]}`."""

    def __init__(self, connection: str, http: ProviderHttp) -> None:
        self._connection = connection
        self._http = http

    def all(self, path: str, key: str, kind: type[Read]) -> list[Read]:
        """Return all rows of a short list; it is as long as its first page says.

        Raises:
            ProviderError: By what the answer means.
        """

        def read(number: int) -> RetailysPage:
            return self.page(path, key, number, {"page": str(number), "per_page": str(_LARGEST_PAGE)})

        first = read(1)
        pages = [first, *(read(number) for number in range(2, first.pages + 1))]
        what = f"{self._connection}: one of the {key}"
        return [read_as(kind, row, what) for page in pages for row in page.rows]

    def page(self, path: str, key: str, number: int, asked: Mapping[str, str]) -> RetailysPage:
        """Return one page.

        Raises:
            UnclearError: It is another page than was asked for, empty though the list goes on, or the only
                one and not all of it.
            ProviderError: By what the answer means.
        """
        answer = self._http.read(path, asked)
        if not isinstance(answer, dict) or key not in answer:
            raise UnclearError(f"{self._connection}: the answer has no list of {key}")
        told = read_as(Paginator, answer.get("paginator"), f"{self._connection}: the paginator of the {key}")
        try:
            rows = any_rows(answer[key])
        except UnreadableError:
            raise UnclearError(f"{self._connection}: {key} is not a list") from None
        asked_for = f"{self._connection}: page {number} of {told.pages} of the {key}"
        if told.page not in (None, number):
            raise UnclearError(f"{asked_for} was asked for, and page {told.page} came")
        if not rows and number <= told.pages and (told.total or number > 1):
            raise UnclearError(f"{asked_for} came without any of them")
        if number == 1 >= told.pages and len(rows) < (told.total or 0):
            came = f"{asked_for} came with {len(rows)} of {told.total}"
            raise UnclearError(f"{came}; if it always does, put a smaller options.per_page")
        return RetailysPage(rows, told.pages, told.total)


def read_as(kind: type[Read], value: Any, what: str) -> Read:
    """Return an answer, or a part of one, in its form.

    Raises:
        UnclearError: Naming what it is and which field has another form.
    """
    try:
        return kind.read(value)
    except NotNormalizableError as reason:
        raise UnclearError(f"{what} cannot be read: {reason}") from None
