"""What cases call things: for each input the names it may go by, and one reader of them.

The case files name the inputs of a few controls; for the others the catalogue's wording gives the names. A name that is
not here is not guessed at: the case is reported as not supported where an input is missing.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

Case = Mapping[str, Any]
AT = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)  # any moment: most cases speak of ages

NAMES: dict[str, tuple[str, ...]] = {
    # the order
    "qty": ("quantity", "order_qty", "shares", "contracts", "new_qty", "face"),
    "limit_price": ("price", "px", "limit", "limit_px", "order_price", "venue_price", "venue_px", "displayed_price",
                    "display_price", "displayed_px"),
    "notional": ("order_value", "order_notional", "value", "cost", "order_cost", "amount"),
    "asset": ("asset_class", "instrument_class", "security_type"),
    "symbol": ("instrument", "security", "isin", "ticker"),
    "multiplier": ("mult", "contract_multiplier", "contract_size"),
    "type": ("ord_type", "order_type"),
    "tif": ("time_in_force", "validity"),
    "venue": ("mic", "exchange", "market", "destination"),
    "account": ("acct", "account_id"),
    "mark": ("marking", "sale_mark", "short_mark"),
    "owner": ("beneficial_owner", "owner_id", "bo"),
    "iso": ("intermarket_sweep", "is_iso", "exception"),
    "peg": ("peg_price_type", "peg_type"),
    "dirty_price": (),
    "accrued": ("accrued_per_100", "accrued_interest"),
    "fx": ("fx_rate", "fx_to_base", "rate_to_base"),
    # the market
    "reference_price": ("ref_price", "ref_px", "reference", "last", "last_price", "mid", "reference_px"),
    "reference_age_s": ("ref_age_s", "age_s", "reference_age", "quote_age_s", "price_age_s"),
    "reference_time": ("reference_at", "ref_time", "reference_ts"),
    "now": ("time", "at", "t", "now_s", "timestamp"),
    "adv": ("adv_20d", "adv20", "average_daily_volume", "avg_daily_volume", "adv_shares", "adv_20"),
    "lot": ("lot_size", "round_lot"),
    "min_qty": ("minimum_qty", "min_quantity", "min_size"),
    "ticks": ("tick_table", "tick_bands"),
    "tick": ("tick_size",),
    "status": ("instrument_status", "instrument_state", "state", "trading_status", "order_status", "ord_status"),
    "halted": ("is_halted", "halt"),
    "maturity": ("maturity_date", "expiry", "expiry_date", "last_trade_date"),
    "nbb": ("bid", "national_best_bid", "best_bid", "protected_bid"),
    "nbo": ("offer", "ask", "national_best_offer", "best_offer", "protected_offer", "best_ask"),
    "open": ("opens", "session_open", "open_time"),
    "close": ("closes", "session_close", "close_time"),
    "sessions": ("hours", "session"),
    "extended": ("extended_hours", "ext", "ext_flag"),
    "eval_price": ("evaluated_price", "eval_px", "evaluation", "evaluated"),
    # what is held and open
    "position": ("pos", "net_position", "current_position", "position_qty", "net_pos"),
    "open_buy": ("open_buys", "open_buy_qty", "working_buy"),
    "open_sell": ("open_sells", "open_sell_qty", "working_sell"),
    "own_resting": ("resting", "own_orders", "resting_orders", "open_orders"),
    "stp_group": ("self_trade_group", "smp_group", "group"),
    "sent_times": ("sends", "message_times", "sent", "messages", "send_times"),
    "recent": ("recent_orders", "orders", "history", "prior_orders", "previous", "sent_orders", "previous_orders",
               "window_orders"),
    "recent_notional": ("window_notional", "notional_in_window", "sent_notional", "used_notional"),
    "identical": ("identical_count", "identical_in_window"),
    "owner_fills": ("recent_fills", "fills", "own_fills", "trades", "executions_window", "same_owner_fills"),
    "executions": ("executions_since_rearm", "execution_count", "n_executions", "done", "exec_count", "executed_count"),
    "modifies": ("amends", "amendments", "modify_count", "amend_count", "modifications", "changes"),
    # money
    "executed_gross": ("executed", "gross_executed", "executed_notional", "gross_exec", "executed_value"),
    "open_gross": ("open_notional", "gross_open", "open_value", "open_orders_gross", "open_exposure",
                   "open_orders_notional"),
    "cash": ("cash_balance", "buying_power", "available", "available_cash", "settled_cash"),
    "projected_cash": ("cash_projected", "cash_after"),
    "reserved": ("reserved_cash", "open_reserved", "reservations"),
    "fees": ("fee", "commission", "estimated_fees", "est_fees"),
    "realised": ("realized", "realised_pnl", "realized_pnl", "realised_today"),
    "unrealised": ("unrealized", "unrealised_pnl", "unrealized_pnl"),
    "daily_pnl": ("pnl", "pnl_today", "day_pnl", "total_pnl"),
    "im_used": ("margin_used", "current_im", "im", "initial_margin_used", "open_im", "used_margin", "im_open"),
    "im_per_contract": ("initial_margin_per_contract", "margin_per_contract", "initial_margin", "im_each"),
    "equity": ("margin_equity", "available_margin", "margin_available", "available_equity", "im_available"),
    # short sales
    "locate_qty": ("locate", "located", "located_qty", "locate_quantity"),
    "locate_used": ("used", "locate_used_qty", "used_qty"),
    "etb": ("easy_to_borrow", "is_etb", "easy"),
    "locate_expired": ("expired",),
    "locate_expires": ("expires", "expires_at", "locate_expiry", "locate_expires_at"),
    "ssr_active": ("ssr", "ssr_triggered", "ssr_on"),
    # people and lists
    "restricted": ("restricted_list", "restrictions", "on_restricted_list"),
    "watch": ("watch_list", "watchlist", "watched", "on_watch_list"),
    "excluded": ("exclusions", "exclusion_list", "excluded_issuers", "exclusion", "on_exclusion_list"),
    "loss_actions": ("loss_actions",),
    "kills": ("kill_switches", "active_kills", "kill", "switches", "kill_switch", "killed"),
    "issuer": ("issuer_id", "issuer_name"),
    "parent": ("issuer_parent", "ultimate_parent", "parent_issuer"),
    "trader": ("user", "trader_id", "entered_by"),
    "desk": ("desk_id",),
    "strategy": ("algo", "algo_id", "strategy_id"),
    "client": ("client_id",),
    "grants": ("permissions", "permitted", "allowed", "permitted_assets", "asset_classes"),
    "prop": ("proprietary", "prop_flag", "is_prop", "principal"),
    "client_orders": ("client_working", "working_client_orders", "client_working_orders"),
    "barrier": ("information_barrier", "info_barrier", "other_side_of_barrier"),
    "approved_venues": ("venue_list", "policy_venues", "venues", "policy"),
    "reason": ("reason_code", "justification"),
    "capabilities": ("capability", "matrix", "supported"),
    "maker": ("requester", "creator", "submitted_by"),
    "approver": ("approved_by", "released_by", "checker"),
    "terms_hash": ("order_hash", "current_hash"),
    "approved_hash": ("release_hash", "approved_terms_hash"),
    "level": ("options_level", "option_level", "account_level"),
    "underlying_position": ("underlying_qty", "underlying_shares", "covered_shares", "shares_held_underlying"),
    "put_or_call": ("right", "option_type", "put_call"),
    "ssi": ("has_ssi", "ssi_active", "active_ssi"),
    "is_144a": ("rule_144a", "only_qib", "144a", "qib_only"),
    "qib": ("is_qib", "client_qib"),
    "retail": ("is_retail", "client_retail"),
    "client_type": ("investor_type", "investor", "account_type"),
    "retail_eligible": ("retail_allowed",),
    "sanctioned": ("sanctions", "sanctions_hit"),
    "session_up": ("up", "connected", "session_state", "session_status", "line_up"),
    "instruments": ("instruments_used", "traded_instruments"),
    "cum_qty": ("cum", "filled", "filled_qty", "executed_qty"),
    "version": ("current_version",),
    "expected_version": ("order_version",),
    # portfolios
    "nav": ("net_assets", "net_asset_value", "aum"),
    "issuer_mv": ("issuer_value", "issuer_market_value", "current_mv"),
    "sector_mv": ("sector_value", "industry_mv", "sector_market_value"),
    "country_mv": ("country_value", "country_market_value"),
    "currency_mv": ("ccy_mv", "currency_value"),
    "illiquid_mv": ("illiquid", "illiquid_value", "illiquid_assets"),
    "liquidity": ("liquidity_bucket", "bucket"),
    "weights": ("issuer_weights", "issuer_weights_pct", "issuers"),
    "gross_exposure": ("gross", "exposure_gross", "gross_mv", "current_gross"),
    "shares_held": ("held", "holding", "held_shares", "current_shares"),
    "shares_outstanding": ("outstanding", "voting_shares", "total_shares", "shares_out"),
    "holdings": ("firm_holdings", "accounts", "positions", "account_holdings"),
    "duration": ("instrument_duration", "bond_duration", "order_duration", "security_duration"),
    "portfolio_duration": ("fund_duration", "current_duration"),
    "portfolio_mv": ("fund_mv", "bonds_mv", "total_mv"),
    "benchmark_duration": ("benchmark", "bm_duration", "target_duration"),
    "ratings": ("agency_ratings",),
    "var_pct": ("var", "portfolio_var", "fund_var_pct"),
    "benchmark_var_pct": ("benchmark_var", "bm_var", "reference_var"),
    "market_price": ("current_market_price", "independent_price", "last_sale"),
    "erisa": ("is_erisa", "erisa_account", "erisa_side"),
    "eligible": ("both_eligible",),
    "approved": ("compliance_approved", "approval", "compliance_approval", "broker_approved"),
    "broker": ("counterparty", "executing_broker"),
    "approved_brokers": ("broker_list", "brokers"),
    "exposure": ("counterparty_exposure", "broker_exposure"),
    "unsettled": ("unsettled_exposure",),
    "otc": ("otc_exposure", "otc_mv"),
    "planned": ("plan", "planned_allocation", "targets", "target"),
    "actual": ("allocated", "actual_allocation", "allocation", "allocations"),
    "avg_prices": ("average_prices", "avg_px", "prices"),
    "min_fill": ("min_fill_rule", "min_fill_recorded"),
    # what was traded
    "order_qty": (),
    "last_qty": ("fill_qty", "last_shares"),
    "fill_price": ("fill_px", "exec_price", "trade_price", "last_px"),
    "known": ("order_known", "known_order"),
    "event_time": ("event_at", "occurred_at", "event_ts", "fill_time"),
    "alert_time": ("alert_at", "alerted_at", "alert_ts", "delivered_at", "report_time", "delivery_time"),
    "latency_s": ("latency", "delay_s", "seconds", "elapsed_s"),
    "delivered": ("received",),
    "drop_copy": ("drop_copy_fills", "copies", "dropcopy", "theirs"),
    "ours": ("own_execs", "own_executions", "oms_fills", "our_fills"),
    "missing_age_s": ("missing_for_s", "unmatched_age_s", "missing_s"),
    "fail_age_days": ("age_days", "days_failed", "fail_days", "settlement_days"),
    "short": ("is_short", "short_sale"),
    "settled": ("is_settled",),
    "before": ("expected_books", "books_before"),
    "after": ("actual_books", "books_after"),
    "message_count": ("order_count", "n_orders", "orders_count", "messages_count"),
    "trade_count": ("n_trades", "trades_count"),
}  # fmt: skip
TIMES = ("time", "at", "t", "sent", "ts", "timestamp")
WORDS = frozenset(NAMES) | {word for names in NAMES.values() for word in names} | {"side", "note", "why"}


class Words:
    """One case, read by what things are called. What the context does not say, the order may."""

    def __init__(self, order: Case, known: Case) -> None:
        self.order, self.known = order, known

    def __contains__(self, name: str) -> bool:
        return self.value(name) is not None

    def value(self, name: str) -> Any:
        """What goes by ``name`` or one of its other names; None if nothing does."""
        for place in (self.known, self.order):
            for word in (name, *NAMES[name]):
                if place.get(word) is not None:
                    return place[word]
        return None

    def asked(self, name: str) -> Any:
        """The same, in the order alone."""
        return next((self.order[word] for word in (name, *NAMES[name]) if self.order.get(word) is not None), None)

    def number(self, name: str, default: int | None = None) -> Decimal | None:
        """A number; ``default`` where there is none."""
        found = self.value(name)
        if found is None or isinstance(found, list | dict | bool):
            return None if default is None else Decimal(default)
        return Decimal(found)

    def flag(self, name: str) -> bool | None:
        """Yes or no."""
        found = self.value(name)
        return found if found is None else bool(found) and str(found).lower() not in ("false", "no", "down", "off", "0")

    def time(self, name: str) -> datetime | None:
        """A moment: an ISO time, or seconds of the case's own clock."""
        found = self.value(name)
        return None if found is None else moment(found)

    def rows(self, *names: str) -> list[Any] | None:
        """A list, under the first of ``names`` that holds one."""
        for name in names:
            found = self.value(name)
            if isinstance(found, list):
                return found
        return None

    def unknown(self) -> list[str]:
        """Names that mean nothing here."""
        return sorted({*self.known, *self.order} - WORDS)


def of(item: Case, name: str) -> Any:
    """What a row of a list calls ``name``."""
    return next((item[word] for word in (name, *NAMES[name]) if item.get(word) is not None), None)


def moment(value: Any) -> datetime:
    """An ISO time as it is; a number as seconds of the case's own clock."""
    try:
        return AT + timedelta(microseconds=int(Decimal(value) * 1_000_000))
    except ArithmeticError:
        found = datetime.fromisoformat(str(value))
        return found if found.tzinfo else found.replace(tzinfo=UTC)


def age_s(item: Case, now: Any) -> Decimal:
    """How old a row is: said outright, or by its time and the case's."""
    for word in ("age_s", "age", "seconds_ago", "ago_s"):
        if item.get(word) is not None:
            return Decimal(item[word])
    then = next(
        (item[word] for word in ("time", "at", "t", "sent", "ts", "timestamp") if item.get(word) is not None), None
    )
    if then is None or now is None:
        raise LookupError("a row says neither its age nor its time")
    span = moment(now) - moment(then)
    return Decimal(span.days * 86_400 + span.seconds) + Decimal(span.microseconds) / 1_000_000


def listed(found: Any, *keys: Any) -> bool:
    """Whether a list, a mapping or a plain yes names one of ``keys``."""
    if isinstance(found, Mapping):
        found = [key for key, value in found.items() if value]
    if isinstance(found, str):
        found = [found]
    return any(key in found for key in keys if key) if isinstance(found, Iterable) else bool(found)
