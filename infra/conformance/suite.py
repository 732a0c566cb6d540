"""The suite: one table of cases, each with what it needs of a provider."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from infra.conformance.bench import Bench
from infra.conformance.cases import answers, arrival, changes, connection, runs, values
from infra.conformance.shop import Need, Shop


@dataclass(frozen=True)
class Case:
    """One case: what happens at a shop, and what must come of it.

    Attributes:
        run: Raises NotHeldError where it does not hold.
        needs: What a provider must have, so that it can happen there.
    """

    run: Callable[[Bench], None]
    needs: tuple[Need, ...] = ()

    @property
    def name(self) -> str:
        """Return its name, in words."""
        return self.run.__name__.replace("_", " ")

    def why_not(self, shop: type[Shop[Any]]) -> str | None:
        """Return why it does not apply to a provider, or None where it does."""
        return next((f"needs {need}: {shop.lacks[need]}" for need in self.needs if need in shop.lacks), None)


CASES = (
    Case(arrival.every_order_is_told_of_once),
    Case(arrival.an_empty_shop_is_no_failure),
    Case(arrival.a_poll_again_writes_no_order),
    Case(arrival.a_page_that_is_exactly_full),
    Case(arrival.ids_grow_by_a_digit),
    Case(arrival.orders_of_one_second),
    Case(arrival.a_late_order_within_the_overlap),
    Case(arrival.an_order_at_the_time_of_the_newest),
    Case(arrival.an_order_dated_2099),
    Case(arrival.an_id_far_above_the_rest),
    Case(arrival.an_order_twice_in_one_list),
    Case(arrival.an_order_arrives_between_two_pages, (Need.PAGES,)),
    Case(arrival.an_order_leaves_between_two_pages, (Need.PAGES, Need.SHOWN_AGAIN)),
    Case(arrival.an_order_leaves_a_long_list, (Need.PAGES, Need.SHOWN_AGAIN)),
    Case(arrival.only_orders_since_the_start, (Need.START,)),
    Case(runs.killed_at_every_write),
    Case(runs.another_run_at_every_write),
    Case(runs.out_of_time_after_every_page),
    Case(runs.a_stale_read_loses, (Need.SHOWN_AGAIN,)),
    Case(answers.a_storm_of_429),
    Case(answers.a_429_in_the_middle_of_a_list, (Need.PAGES,)),
    Case(answers.a_429_among_the_details, (Need.DETAIL_EACH,)),
    Case(answers.an_error_for_a_detail, (Need.DETAIL_EACH,)),
    Case(answers.a_detail_that_is_never_there, (Need.DETAIL_EACH,)),
    Case(answers.an_error_under_http_200),
    Case(answers.a_truncated_answer),
    Case(answers.half_a_json),
    Case(answers.garbage_for_an_answer),
    Case(answers.a_page_for_people),
    Case(answers.an_empty_answer, (Need.EMPTY_IS_WRONG,)),
    Case(answers.json_of_another_form),
    Case(answers.a_server_error),
    Case(answers.a_reset_connection),
    Case(answers.a_slow_answer),
    Case(answers.a_list_the_other_way_round, (Need.ASCENDING,)),
    Case(answers.a_list_that_repeats_a_page, (Need.PAGE_NUMBERS,)),
    Case(answers.three_failures_are_said_and_so_is_the_recovery),
    Case(answers.secrets_stay_secret),
    Case(values.a_poison_order_comes_first),
    Case(values.a_poison_order_in_the_middle),
    Case(values.a_poison_order_comes_last),
    Case(values.an_order_without_an_id),
    Case(values.empty_and_null_in_every_form),
    Case(values.null_is_no_more_than_missing),
    Case(values.values_of_other_types),
    Case(values.bad_input_is_kept),
    Case(values.totals_that_do_not_add_up),
    Case(values.amounts_are_exact),
    Case(values.an_order_of_two_thousand_lines),
    Case(values.texts_arrive_as_they_are),
    Case(values.fields_that_nobody_knows),
    Case(values.a_status_that_nobody_knows, (Need.STATUSES,)),
    Case(values.a_test_order, (Need.TEST_ORDERS,)),
    Case(values.a_currency_that_does_not_exist, (Need.CURRENCY,)),
    Case(changes.a_change_is_told_of_once, (Need.LISTED_CHANGES,)),
    Case(changes.a_cancellation_is_told_of_once, (Need.CANCELLATION,)),
    Case(changes.an_order_cancelled_before_it_was_seen, (Need.CANCELLATION,)),
    Case(changes.a_hold_comes_and_goes, (Need.HOLDS,)),
    Case(changes.a_hold_that_ends_in_a_cancellation, (Need.HOLDS,)),
    Case(changes.list_and_detail_in_turn, (Need.DETAIL,)),
    Case(changes.a_change_between_list_and_detail, (Need.DETAIL_EACH,)),
    Case(changes.an_order_vanishes, (Need.SHOWN_AGAIN,)),
    Case(changes.an_order_vanishes_between_list_and_detail, (Need.DETAIL_EACH,)),
    Case(changes.an_erased_order_stays_erased, (Need.SHOWN_AGAIN,)),
    Case(connection.a_wrong_key),
    Case(connection.a_wrong_base_url),
    Case(connection.a_clock_that_is_behind),
    Case(connection.a_clock_that_is_ahead),
    Case(connection.a_clock_that_is_set_back),
    Case(connection.the_hours_when_the_clocks_change),
    Case(connection.reading_changes_nothing_at_the_provider),
)
