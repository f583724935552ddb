// Leaving a halt: one price for all that can trade. Greatest volume first, then least surplus, then nearest to the
// reference, then the lower price. Volume is constant between two prices that orders name, so one point between them,
// the nearest to the reference, stands for the rest.
#pragma once

namespace clob {

inline std::pair<i64, i64> Book::auction_price(i64 reference) const {
    if (bids_.empty() || asks_.empty() || bids_.best() < asks_.best()) return {0, 0};
    const i64 bottom = asks_.best(), top = bids_.best();
    std::vector<std::pair<i64, u64>> demand, supply;  // both ascending in the end
    bids_.each([&](i64 at, u32 l) { return at >= bottom && (demand.emplace_back(at, levels_[l].total), true); });
    asks_.each([&](i64 at, u32 l) { return at <= top && (supply.emplace_back(at, levels_[l].total), true); });
    std::reverse(demand.begin(), demand.end());
    if (!reference) reference = last_ ? last_ : bottom + (top - bottom) / 2;

    u64 wanted = 0, offered = 0;
    for (const auto& each : demand) wanted += each.second;
    i64 best_price = 0;
    u64 best_volume = 0, best_surplus = 0;
    auto consider = [&](i64 price) {
        const u64 volume = std::min(wanted, offered), surplus = std::max(wanted, offered) - volume;
        const i64 far = std::abs(price - reference), best_far = std::abs(best_price - reference);
        if (volume > best_volume ||
            (volume == best_volume && (surplus < best_surplus || (surplus == best_surplus && far < best_far)))) {
            best_price = price;
            best_volume = volume;
            best_surplus = surplus;
        }
    };
    size_t d = 0, s = 0;
    i64 before = 0;
    while (d < demand.size() || s < supply.size()) {
        const i64 price = d == demand.size()                                     ? supply[s].first
                          : s == supply.size() || demand[d].first < supply[s].first ? demand[d].first
                                                                                  : supply[s].first;
        if (before) {  // on the grid, strictly between the two
            const i64 tick = rules_.tick, low = (before / tick + 1) * tick, high = ((price - 1) / tick) * tick;
            if (low <= high) {
                const i64 floor = std::clamp(reference / tick * tick, low, high);
                const i64 above = std::min(floor + tick, high);
                consider(std::abs(above - reference) < std::abs(floor - reference) ? above : floor);
            }
        }
        if (s < supply.size() && supply[s].first == price) offered += supply[s++].second;
        consider(price);
        if (d < demand.size() && demand[d].first == price) wanted -= demand[d++].second;
        before = price;
    }
    return {best_price, i64(best_volume)};
}

inline void Book::uncross(i64 given) {
    const auto [price, volume] = auction_price(given);
    i64 left = volume;
    while (left) {
        const u32 bid_level = bids_.best_level(), ask_level = asks_.best_level();
        const u32 b = levels_[bid_level].head, a = levels_[ask_level].head;
        Order &bid = orders_[b], &ask = orders_[a];
        const i64 quantity = std::min({bid.shown, ask.shown, left});
        left -= quantity;
        bid.shown -= quantity;
        ask.shown -= quantity;
        levels_[bid_level].total -= u64(quantity);
        levels_[ask_level].total -= u64(quantity);
        if (limited_) {
            participants_[bid.user].notional -= i128(bid.price) * quantity;
            participants_[ask.user].notional -= i128(ask.price) * quantity;
        }
        last_ = price;
        emit(TRADED, BUY, 0, 1, bid.user, bid.id, ask.id, price, quantity, ask.shown + ask.hidden);
        if (!bid.shown) {
            if (bid.hidden) show_more(b, bid_level);
            else drop_head(b, bid_level);
        }
        if (!ask.shown) {
            if (ask.hidden) show_more(a, ask_level);
            else drop_head(a, ask_level);
        }
        if (levels_[bid_level].count == 0) empty_level(bids_, bid_level);
        if (levels_[ask_level].count == 0) empty_level(asks_, ask_level);
    }
    state_ = OPEN;
    reference_ = last_;
    window_start_ = now_;
    volume_ = 0;
    emit(STATE, 0, BY_OPERATOR, OPEN, 0, 0, 0, price, volume, 0);
}

}  // namespace clob
