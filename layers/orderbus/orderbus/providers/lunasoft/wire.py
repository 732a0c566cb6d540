"""The JSON of a LunaSoft order. Every number is a string there; empty is ""; a date not set is 0000-00-00.

Source: the provider's page "Orders" (tests/samples/providers/lunasoft-orders.txt).
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from orderbus.providers.fields import Amount, Flag, Id, Number, Text, Wire, list_of


class LunaLine(Wire, kw_only=True):
    """One of an order's `line_items`."""

    id: Id
    product_id: Text = None
    name: Text = None
    sku: Text = None
    cost: Number
    quantity: Number
    total_cost: Amount = None
    is_fulfilled: Flag = None


class LunaOrder(Wire, kw_only=True):
    """An order, as the list and the detail show it; `statuses` come only with the detail."""

    all_texts: ClassVar[bool] = True

    id: Id
    user_id: Text = None
    current_status: Text = None
    order_num: Text = None
    customer_note: Text = None
    first_name: Text = None
    last_name: Text = None
    phone: Text = None
    email: Text = None
    total: Number
    tax: Amount = None
    is_paid: Flag = None
    payment_option: Text = None
    payment_option_type: Text = None
    transaction_id: Text = None
    card_last_4: Text = None
    card_type: Text = None
    billing_first_name: Text = None
    billing_last_name: Text = None
    billing_phone: Text = None
    billing_email: Text = None
    billing_address: Text = None
    billing_city: Text = None
    billing_state: Text = None
    billing_zip: Text = None
    billing_country: Text = None
    promo_code: Text = None
    promo_code_info: Text = None
    promo_code_discount: Amount = None
    promo_rule_info: Text = None
    promo_rule_discount: Amount = None
    promo_rule_discount_shipping: Amount = None
    gift_cert_code: Text = None
    gift_cert_applied: Amount = None
    shipping_option: Text = None
    shipping_cost: Amount = None
    shipping_first_name: Text = None
    shipping_last_name: Text = None
    shipping_phone: Text = None
    shipping_company: Text = None
    shipping_address: Text = None
    shipping_address2: Text = None
    shipping_city: Text = None
    shipping_state: Text = None
    shipping_zip: Text = None
    shipping_country: Text = None
    is_fulfilled: Flag = None
    created: Text = None
    line_items: Annotated[list[LunaLine], list_of(LunaLine)]


# What the mapping puts into the normalized order; all else goes to `provider_data` as it came.
MAPPED_ORDER = frozenset(LunaOrder.__struct_fields__)
MAPPED_LINE = frozenset(LunaLine.__struct_fields__)
