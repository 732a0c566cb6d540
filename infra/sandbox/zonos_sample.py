"""The rows of the two samples on Zonos's page "Order numbers", as they stand there."""

from infra.sandbox.messages import Json

SAMPLE_ROWS: tuple[Json, ...] = (
    {"testOrder": False, "id": "999-99991", "timestamp": "2015-01-01 00:33:14.0"},
    {"testOrder": True, "id": "999-99992", "timestamp": "2015-01-01 05:12:46.0"},
    {"testOrder": False, "id": "999-99993", "timestamp": "2015-01-01 14:50:54.0"},
    {"testOrder": False, "id": "999-99994", "timestamp": "2015-01-02 20:14:01.0"},
    {"testOrder": False, "id": "999-99995", "timestamp": "2015-01-02 20:57:47.0"},
    {"testOrder": False, "id": "999-99996", "timestamp": "2015-01-02 22:11:40.0"},
)
# Number and text are different times, and both orders share them: so the page has it.
SAMPLE_STATUSES: dict[str, Json] = {
    "999-99991": {
        "merchantOrderId": None,
        "orderStatus": "IGLOBAL_FRAUD_REVIEW",
        "orderStatusDate": 1420097594000,
        "orderStatusDateString": "2015-01-01 14:16:17.0",
    },
    "999-99992": {
        "merchantOrderId": "abc123",
        "orderStatus": "IGLOBAL_ORDER_IN_PROCESS",
        "orderStatusDate": 1420097594000,
        "orderStatusDateString": "2015-01-01 14:16:17.0",
    },
}
