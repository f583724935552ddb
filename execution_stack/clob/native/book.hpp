// The order book of one instrument: what execution_stack/clob/book.py says, in C++. Where the two differ, this one is
// wrong. One writer; no clock, no randomness, no address in any result. Events go to a buffer that the caller drains.
#pragma once

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "ladder.hpp"
#include "records.hpp"

namespace clob {

class Book {
public:
    explicit Book(bool given_ids) { rules_.given_ids = given_ids; }

    void apply(const Command& c, u64 number) {
        number_ = number;
        switch (c.op) {
            case NEW: create(c); break;
            case CANCEL: cancel(c); break;
            case AMEND: amend(c); break;
            default: rare(c);
        }
    }
    void run(const Command* commands, size_t count, u64 first) {
        for (size_t i = 0; i < count; i++) apply(commands[i], first + i);
    }

    Events events;

    u32 live() const { return ids_.size(); }
    size_t bytes() const {
        return orders_.bytes() + levels_.bytes() + ids_.bytes() + bids_.bytes() + asks_.bytes() + buy_stops_.bytes() +
               sell_stops_.bytes() + dated_.size() * 48 + expiry_.capacity() * sizeof(i64) +
               participants_.capacity() * sizeof(Participant) + owned_.capacity() * sizeof(Owned);
    }
    i64 last() const { return last_; }
    u8 state() const { return state_; }
    u64 seq() const { return seq_; }

    i64 left(i64 id) {
        const u32 o = id > 0 && id <= ID_MAX ? ids_.find(id) : NIL;
        if (o == NIL) return 0;
        return orders_[o].type >= STOP ? orders_[o].shown : orders_[o].shown + orders_[o].hidden;
    }

    // f(order, level price) in order of priority: bids, asks, buy stops, sell stops.
    template <class F>
    void each_order(int part, F f) const {
        auto walk = [&](i64, u32 level) {
            for (u32 o = levels_[level].head; o != NIL; o = orders_[o].next) f(orders_[o]);
            return true;
        };
        if (part == 0) bids_.each(walk);
        if (part == 1) asks_.each(walk);
        if (part == 2) buy_stops_.each(walk);
        if (part == 3) sell_stops_.each(walk);
    }

    void write(std::vector<u8>& out) const;         // snapshot.hpp
    const char* read(const u8* data, size_t size);  // snapshot.hpp: nullptr, or what is wrong; the book is then void

private:
    using Bids = Ladder<true>;
    using Asks = Ladder<false>;

    template <u8 S>
    auto& own() { if constexpr (S == BUY) return bids_; else return asks_; }
    template <u8 S>
    auto& opposite() { if constexpr (S == BUY) return asks_; else return bids_; }
    template <u8 S>
    auto& stops() { if constexpr (S == BUY) return buy_stops_; else return sell_stops_; }

    void emit(u8 kind, u8 side, u8 reason, u8 flags, u32 user, i64 id, i64 other, i64 price, i64 quantity, i64 open) {
        Event& e = events.next();
        e.kind = kind;
        e.side = side;
        e.reason = reason;
        e.flags = flags;
        e.user = user;
        e.seq = ++seq_;
        e.id = id;
        e.other = other;
        e.price = price;
        e.quantity = quantity;
        e.open = open;
        e.command = number_;
    }
    void refuse(const Command& c, u8 reason) {  // leaves no trace in the state: not even a sequence number
        Event& e = events.next();
        e = {REFUSED, c.side, reason, 0, c.user, seq_, c.id, 0, c.price, c.quantity, 0, number_};
    }

    // ---- what is refused
    u8 judge(const Command& c) {
        if (c.side > SELL || c.type > STOP_LIMIT || c.tif > POST_GTD) return BAD_COMMAND;
        if (c.user >= USERS_MAX || (rules_.closed && !may_trade(c.user))) return BAD_PARTICIPANT;
        if (c.quantity <= 0 || c.quantity > QUANTITY_MAX) return BAD_QUANTITY;
        const bool priced = c.type == LIMIT || c.type == STOP_LIMIT;
        if (c.display && (c.display < 0 || c.display > DISPLAY_MAX || c.display > c.quantity ||
                          c.quantity > c.display * SLICES_MAX || !priced || c.tif == IOC ||
                          c.tif == FOK))
            return BAD_DISPLAY;
        if (priced && (c.price < rules_.low || c.price > rules_.high)) return BAD_PRICE;
        if (c.type >= STOP && (c.stop < rules_.low || c.stop > rules_.high)) return BAD_STOP;
        if (dated(c.tif) && (c.time <= now_ || c.time > TIME_MAX)) return BAD_EXPIRY;
        if (rules_.tick != 1 && ((priced && c.price % rules_.tick) || (c.type >= STOP && c.stop % rules_.tick)))
            return OFF_TICK;
        if (rules_.lot != 1 && (c.quantity % rules_.lot || c.display % rules_.lot)) return OFF_LOT;
        if (rules_.given_ids) {
            if (c.id <= 0 || c.id > ID_MAX) return BAD_ID;
            if (ids_.find(c.id) != NIL) return DUPLICATE_ID;
        } else if (c.id || next_id_ > ID_MAX) return BAD_ID;
        if (__builtin_expect(state_ != OPEN, 0)) {
            if (state_ == HALTED) return IS_HALTED;
            const bool waits = c.tif != IOC && c.tif != FOK && !posts(c.tif);
            if (c.type == MARKET || (c.type == LIMIT && !waits)) return IS_AUCTION;
        }
        if (ids_.size() >= ORDERS_MAX) return BOOK_FULL;
        if (limited_) {
            const u8 reason = beyond_limits(c);
            if (reason) return reason;
        }
        if (posts(c.tif) && state_ == OPEN && (c.type < STOP || reached(c.side, c.stop)) &&
            would_take(c.side, priced, c.price))
            return POST_WOULD_CROSS;
        return NO_REASON;
    }
    bool may_trade(u32 user) const {
        return user < participants_.size() && participants_[user].known && !participants_[user].barred;
    }
    u8 beyond_limits(const Command& c) {
        const Participant& p = participant(c.user);
        if (p.quantity_max && c.quantity > p.quantity_max) return ORDER_TOO_LARGE;
        if (p.open_max && owned(c.user).open >= p.open_max) return TOO_MANY_OPEN;
        const i64 price = c.type == MARKET ? 0 : c.type == STOP ? c.stop : c.price;
        if (p.notional_max && p.notional + i128(price) * c.quantity > p.notional_max) return TOO_MUCH_OPEN;
        return NO_REASON;
    }
    static u8 fired(u8 type) { return type == STOP ? u8(MARKET) : type == STOP_LIMIT ? u8(LIMIT) : type; }
    bool reached(u8 side, i64 stop) const { return last_ && (side == BUY ? last_ >= stop : last_ <= stop); }
    bool would_take(u8 side, bool priced, i64 price) const {
        if (side == BUY) return !asks_.empty() && (!priced || asks_.best() <= price);
        return !bids_.empty() && (!priced || bids_.best() >= price);
    }

    // ---- commands about one order
    void create(const Command& c) {
        const u8 reason = judge(c);
        if (__builtin_expect(reason, 0)) return refuse(c, reason);
        if (c.side == BUY) enter<BUY>(c);
        else enter<SELL>(c);
    }
    template <u8 S>
    void enter(const Command& c) {
        const i64 id = rules_.given_ids ? c.id : next_id_++;
        const bool priced = c.type == LIMIT || c.type == STOP_LIMIT;
        const i64 price = priced ? c.price : 0, stop = c.type >= STOP ? c.stop : 0;
        reference_ = last_;
        emit(ACCEPTED, S, c.type, c.tif, c.user, id, stop, price, c.quantity, c.quantity);
        if (__builtin_expect(c.type >= STOP, 0)) {
            if (state_ != OPEN || !reached(S, stop)) return park<S>(c, id, price);
            emit(TRIGGERED, S, 0, 0, c.user, id, stop, price, c.quantity, c.quantity);
        }
        execute<S>({id, price, c.quantity, c.display, dated(c.tif) ? c.time : 0, c.user, fired(c.type), c.tif});
        settle_stops();
    }
    void cancel(const Command& c) {
        const u32 o = c.id > 0 && c.id <= ID_MAX ? ids_.find(c.id) : NIL;
        if (o == NIL || orders_[o].user != c.user) return refuse(c, UNKNOWN_ORDER);
        remove(o, BY_OWNER);
    }
    void amend(const Command& c) {
        const u32 o = c.id > 0 && c.id <= ID_MAX ? ids_.find(c.id) : NIL;
        if (o == NIL || orders_[o].user != c.user) return refuse(c, UNKNOWN_ORDER);
        const u8 reason = judge_amend(c, orders_[o]);
        if (reason) return refuse(c, reason);
        Order& x = orders_[o];
        const i64 open = x.shown + x.hidden;
        reference_ = last_;
        emit(REPLACED, x.side, 0, x.tif, x.user, c.id, x.price, c.price, c.quantity, open);
        if (c.price == x.price && c.quantity <= open) {
            reduce(o, open - c.quantity);
            return;
        }
        const Entry e{c.id, c.price, c.quantity, x.display, dated(x.tif) ? expiry_[o] : 0, x.user, LIMIT, x.tif};
        const u8 side = x.side;
        take_out(o);
        if (side == BUY) execute<BUY>(e);
        else execute<SELL>(e);
        settle_stops();
    }
    u8 judge_amend(const Command& c, const Order& x) {
        if (x.type >= STOP) return STOP_PARKED;
        if (c.quantity <= 0 || c.quantity > QUANTITY_MAX) return BAD_QUANTITY;
        if (c.price < rules_.low || c.price > rules_.high) return BAD_PRICE;
        if (c.price % rules_.tick) return OFF_TICK;
        if (c.quantity % rules_.lot) return OFF_LOT;
        if (x.display && c.quantity > i64(x.display) * SLICES_MAX) return BAD_DISPLAY;
        const i64 open = x.shown + x.hidden;
        if (state_ == HALTED && (c.price != x.price || c.quantity > open)) return IS_HALTED;
        const i128 before = i128(x.price) * open, after = i128(c.price) * c.quantity;
        if (limited_ && (c.quantity > open || after > before)) {
            const Participant& p = participant(x.user);
            if (p.quantity_max && c.quantity > open && c.quantity > p.quantity_max) return ORDER_TOO_LARGE;
            if (p.notional_max && after > before && p.notional - before + after > p.notional_max) return TOO_MUCH_OPEN;
        }
        if (posts(x.tif) && (c.price != x.price || c.quantity > open) && would_take(x.side, true, c.price))
            return POST_WOULD_CROSS;
        return NO_REASON;
    }
    void reduce(u32 o, i64 by) {  // hidden quantity goes first
        Order& x = orders_[o];
        levels_[x.level].total -= u64(by);
        if (limited_) participants_[x.user].notional -= i128(x.price) * by;
        const i64 hidden = std::min(by, x.hidden);
        x.hidden -= hidden;
        x.shown -= by - hidden;
    }

    // ---- matching
    struct Entry {
        i64 id, price, quantity, display, expires;
        u32 user;
        u8 type, tif;
    };

    template <u8 S>
    __attribute__((always_inline)) void execute(const Entry& e) {
        auto& opp = opposite<S>();
        const bool market = e.type == MARKET;
        const i64 limit = market ? (S == BUY ? PRICE_MAX : 0) : e.price;
        const bool takes = state_ == OPEN && !opp.empty() && (S == BUY ? opp.best() <= limit : opp.best() >= limit);
        if (__builtin_expect(e.tif == FOK && state_ == OPEN && !(takes && fillable<S>(limit, e)), 0))
            return emit(CANCELLED, S, NOT_FILLABLE, 0, e.user, e.id, 0, e.price, e.quantity, 0);
        if (__builtin_expect(takes && posts(e.tif), 0))  // a stop that has come true: what it became may not take
            return emit(CANCELLED, S, WOULD_TAKE, 0, e.user, e.id, 0, e.price, e.quantity, 0);
        i64 left = e.quantity;
        if (takes) {
            const bool ended = sweep<S>(limit, e, left);
            if (__builtin_expect(rules_.volume_max != 0, 0)) count_volume(e.quantity - left);
            if (ended) return;
        }
        if (market || e.tif == IOC || e.tif == FOK)
            return emit(CANCELLED, S, UNFILLED, 0, e.user, e.id, 0, e.price, left, 0);
        rest<S>(e, left);
    }
    template <u8 S>
    bool fillable(i64 limit, const Entry& e) {
        u64 found = 0;
        opposite<S>().each([&](i64 price, u32 level) {
            if ((S == BUY ? price > limit : price < limit) || outside_band(price)) return false;
            if (rules_.prevention == PREVENT_NONE) {
                found += levels_[level].total;
                return found < u64(e.quantity);
            }
            u64 ahead = 0, others = 0;
            for (u32 o = levels_[level].head; o != NIL; o = orders_[o].next) {
                const Order& x = orders_[o];
                if (x.user != e.user) {
                    ahead += u64(x.shown);
                    others += u64(x.shown + x.hidden);
                } else if (rules_.prevention != PREVENT_OLDEST) {
                    found += ahead;  // what an iceberg shows next stands behind our own order
                    return false;
                }
            }
            found += others;
            return found < u64(e.quantity);
        });
        return found >= u64(e.quantity);
    }
    bool outside_band(i64 price) const {
        return rules_.band && reference_ && (price > reference_ + rules_.band || price < reference_ - rules_.band);
    }

    // Trades until nothing is left, or nothing fits. True if the order has come to its end.
    template <u8 S>
    bool sweep(i64 limit, const Entry& e, i64& left) {
        auto& opp = opposite<S>();
        while (!opp.empty()) {
            const i64 price = opp.best();
            if (S == BUY ? price > limit : price < limit) return false;
            if (__builtin_expect(rules_.band != 0, 0) && outside_band(price)) {
                halt(BY_BAND, price, left);
                return false;
            }
            const u32 l = opp.best_level();
            u32 o = levels_[l].head;
            while (o != NIL) {
                Order& maker = orders_[o];
                const u32 following = maker.next;
                if (__builtin_expect(rules_.prevention != PREVENT_NONE, 0) && maker.user == e.user) {
                    if (rules_.prevention != PREVENT_NEWEST) {
                        remove_best(o, l);
                        o = following;
                    }
                    if (rules_.prevention != PREVENT_OLDEST) {
                        emit(CANCELLED, S, SELF_TRADE, 0, e.user, e.id, 0, e.price, left, 0);
                        if (levels_[l].count == 0) empty_level(opp, l);
                        return true;
                    }
                    continue;
                }
                const i64 quantity = std::min(maker.shown, left);
                left -= quantity;
                maker.shown -= quantity;
                levels_[l].total -= u64(quantity);
                last_ = price;
                if (__builtin_expect(limited_, 0)) participants_[maker.user].notional -= i128(price) * quantity;
                emit(TRADED, S, 0, 0, e.user, e.id, maker.id, price, quantity, maker.shown + maker.hidden);
                if (maker.shown) return true;
                if (maker.hidden) {
                    show_more(o, l);
                    o = levels_[l].head;
                } else {
                    drop_head(o, l);
                    o = following;
                }
                if (!left) break;
            }
            if (levels_[l].count == 0) empty_level(opp, l);
            if (!left) return true;
        }
        return false;
    }
    template <class Side>
    void empty_level(Side& side, u32 l) {
        side.erase(levels_[l].price);
        levels_.give(l);
    }
    void drop_head(u32 o, u32 l) {
        Level& level = levels_[l];
        level.head = orders_[o].next;
        if (level.head != NIL) orders_[level.head].previous = NIL;
        level.count--;
        release(o);
    }
    void remove_best(u32 o, u32 l) {  // of self-trade prevention: the caller looks after an emptied level
        Order& x = orders_[o];
        emit(CANCELLED, x.side, SELF_TRADE, 0, x.user, x.id, 0, x.price, x.shown + x.hidden, 0);
        if (limited_) participants_[x.user].notional -= i128(x.price) * (x.shown + x.hidden);
        levels_[l].total -= u64(x.shown + x.hidden);
        drop_head(o, l);
    }
    void show_more(u32 o, u32 l) {  // an iceberg's next slice goes to the tail
        Order& x = orders_[o];
        Level& level = levels_[l];
        x.shown = std::min(i64(x.display), x.hidden);
        x.hidden -= x.shown;
        emit(SHOWN, x.side, 0, 0, x.user, x.id, 0, x.price, x.shown, x.shown + x.hidden);
        if (x.next == NIL) return;
        level.head = x.next;
        orders_[level.head].previous = NIL;
        orders_[level.tail].next = o;
        x.previous = level.tail;
        x.next = NIL;
        level.tail = o;
    }

    // ---- breakers and states
    void halt(u8 reason, i64 price, i64 quantity) {
        state_ = AUCTION;
        emit(STATE, 0, reason, AUCTION, 0, 0, 0, price, quantity, 0);
    }
    void count_volume(i64 quantity) {
        if (now_ - window_start_ >= rules_.window) {
            window_start_ = now_;
            volume_ = 0;
        }
        volume_ = std::min(volume_ + quantity, LIMIT_MAX);
        if (state_ == OPEN && volume_ > rules_.volume_max) halt(BY_VOLUME, last_, volume_);
    }
    void settle_stops() {
        if (__builtin_expect(!buy_stops_.empty() || !sell_stops_.empty(), 0)) fire();
    }
    void fire() {  // one at a time; the last price is read again after each
        while (state_ == OPEN && last_) {
            if (!buy_stops_.empty() && buy_stops_.best() <= last_) trigger<BUY>();
            else if (!sell_stops_.empty() && sell_stops_.best() >= last_) trigger<SELL>();
            else return;
        }
    }
    template <u8 S>
    void trigger() {
        const u32 o = levels_[stops<S>().best_level()].head;
        const Order x = orders_[o];
        const Entry e{x.id, x.price, x.shown, x.display, dated(x.tif) ? expiry_[o] : 0, x.user, fired(x.type), x.tif};
        take_out(o);
        emit(TRIGGERED, S, 0, 0, x.user, x.id, x.hidden, x.price, x.shown, x.shown);
        execute<S>(e);
    }

    void rare(const Command& c) {
        switch (c.op) {
            case MASS_CANCEL: mass_cancel(c); break;
            case TIME: pass_time(c); break;
            case END_DAY: end_day(); break;
            case FORCE_CANCEL: force_cancel(c); break;
            case HALT: stop_trading(c); break;
            case RESUME: resume(c); break;
            default: configure(c);
        }
    }
    void cancel_all(std::vector<std::pair<i64, u32>>& found, u8 reason) {  // by id: history must not show
        std::sort(found.begin(), found.end());
        for (const auto& each : found) remove(each.second, reason);
    }
    void mass_cancel(const Command& c) {
        if (c.user >= USERS_MAX) return refuse(c, BAD_PARTICIPANT);
        if (c.user >= owned_.size()) return;
        std::vector<std::pair<i64, u32>> found;
        for (u32 o = owned_[c.user].head; o != NIL; o = orders_[o].user_next) found.emplace_back(orders_[o].id, o);
        cancel_all(found, BY_MASS);
    }
    void pass_time(const Command& c) {
        if (c.time <= now_ || c.time > TIME_MAX) return refuse(c, BAD_TIME);
        now_ = c.time;
        emit(CONFIGURED, 0, TIME, 0, 0, 0, 0, 0, 0, now_);
        while (!dated_.empty() && dated_.begin()->first <= now_) remove(ids_.find(dated_.begin()->second), EXPIRED);
    }
    void end_day() {
        emit(CONFIGURED, 0, END_DAY, 0, 0, 0, 0, 0, 0, 0);
        std::vector<std::pair<i64, u32>> found;
        for (u32 o = 0; o < orders_.used(); o++)
            if (orders_[o].live && for_day(orders_[o].tif)) found.emplace_back(orders_[o].id, o);
        cancel_all(found, DAY_ENDED);
    }
    void force_cancel(const Command& c) {
        const u32 o = c.id > 0 && c.id <= ID_MAX ? ids_.find(c.id) : NIL;
        if (o == NIL) return refuse(c, UNKNOWN_ORDER);
        remove(o, BY_OPERATOR);
    }
    void stop_trading(const Command& c) {
        if (c.type != AUCTION && c.type != HALTED) return refuse(c, BAD_COMMAND);
        if (c.type == state_) return refuse(c, SAME_STATE);
        state_ = c.type;
        emit(STATE, 0, BY_OPERATOR, state_, 0, 0, 0, last_, 0, 0);
    }
    void resume(const Command& c) {
        if (state_ == OPEN) return refuse(c, SAME_STATE);
        if (c.price < 0 || c.price > PRICE_MAX || c.price % rules_.tick) return refuse(c, BAD_PRICE);
        uncross(c.price);
        settle_stops();
    }
    void configure(const Command& c);    // configuring.hpp
    void uncross(i64 reference);         // auction.hpp
    std::pair<i64, i64> auction_price(i64 reference) const;

    // ---- lists
    Participant& participant(u32 user) {
        if (user >= participants_.size()) participants_.resize(std::max<size_t>(64, size_t(user) * 2));
        return participants_[user];
    }
    Owned& owned(u32 user) {
        if (__builtin_expect(user >= owned_.size(), 0)) owned_.resize(std::max<size_t>(64, size_t(user) * 2));
        return owned_[user];
    }
    u32 allocate(i64 id, i64 price, i64 quantity, u32 user, u32 display, u8 side, u8 type, u8 tif) {
        const u32 o = orders_.take();
        Owned& p = owned(user);
        Order& x = orders_[o];
        x.id = id;
        x.price = price;
        x.shown = quantity;
        x.hidden = 0;
        x.user = user;
        x.display = display;
        x.side = side;
        x.type = type;
        x.tif = tif;
        x.live = 1;
        x.user_previous = NIL;
        x.user_next = p.head;
        if (p.head != NIL) orders_[p.head].user_previous = o;
        p.head = o;
        p.open++;
        ids_.put(id, o);
        return o;
    }
    void release(u32 o) {
        Order& x = orders_[o];
        Owned& p = owned_[x.user];
        if (x.user_previous != NIL) orders_[x.user_previous].user_next = x.user_next;
        else p.head = x.user_next;
        if (x.user_next != NIL) orders_[x.user_next].user_previous = x.user_previous;
        p.open--;
        if (__builtin_expect(dated(x.tif), 0)) dated_.erase({expiry_[o], x.id});
        ids_.drop(x.id);
        x.live = 0;
        orders_.give(o);
    }
    void remember_expiry(u32 o, i64 expires) {
        if (expiry_.size() <= o) expiry_.resize(std::max<size_t>(64, size_t(o) * 2));
        expiry_[o] = expires;
        dated_.emplace(expires, orders_[o].id);
    }
    template <u8 S>
    void rest(const Entry& e, i64 left) {
        const u32 o = allocate(e.id, e.price, left, e.user, u32(e.display), S, LIMIT, e.tif);
        if (__builtin_expect(dated(e.tif), 0)) remember_expiry(o, e.expires);
        if (__builtin_expect(e.display != 0, 0)) {
            Order& x = orders_[o];
            x.shown = std::min(e.display, left);
            x.hidden = left - x.shown;
            emit(SHOWN, S, 0, 0, e.user, e.id, 0, e.price, x.shown, left);
        }
        link(own<S>(), o, e.price, u64(left));
        if (__builtin_expect(limited_, 0)) participant(e.user).notional += i128(e.price) * left;
    }
    template <u8 S>
    void park(const Command& c, i64 id, i64 price) {
        const u32 o = allocate(id, price, c.quantity, c.user, u32(c.display), S, c.type, c.tif);
        if (dated(c.tif)) remember_expiry(o, c.time);
        orders_[o].hidden = c.stop;
        link(stops<S>(), o, c.stop, u64(c.quantity));
        if (limited_) participant(c.user).notional += worth(orders_[o]);
    }
    static i128 worth(const Order& x) {  // what an order counts for in its participant's open notional
        if (x.type < STOP) return i128(x.price) * (x.shown + x.hidden);
        return i128(x.type == STOP ? x.hidden : x.price) * x.shown;
    }
    template <class Side>
    void link(Side& side, u32 o, i64 price, u64 quantity) {
        u32 l = side.find(price);
        if (l == NIL) {
            l = levels_.take();
            levels_[l] = {price, 0, NIL, NIL, 0, NIL};
            side.insert(price, l);
        }
        Level& level = levels_[l];
        Order& x = orders_[o];
        x.level = l;
        x.next = NIL;
        x.previous = level.tail;
        if (level.count) orders_[level.tail].next = o;
        else {
            level.head = o;
            x.previous = NIL;
        }
        level.tail = o;
        level.count++;
        level.total += quantity;
    }
    template <class Side>
    void unlink(Side& side, u32 o, u64 quantity) {
        Order& x = orders_[o];
        const u32 l = x.level;
        Level& level = levels_[l];
        if (x.previous != NIL) orders_[x.previous].next = x.next;
        else level.head = x.next;
        if (x.next != NIL) orders_[x.next].previous = x.previous;
        else level.tail = x.previous;
        level.total -= quantity;
        if (--level.count == 0) empty_level(side, l);
    }
    void take_out(u32 o) {  // without a word: the caller says what became of it
        const Order& x = orders_[o];
        if (__builtin_expect(limited_, 0)) participants_[x.user].notional -= worth(x);
        const u64 open = u64(x.type >= STOP ? x.shown : x.shown + x.hidden);
        if (x.type >= STOP) {
            if (x.side == BUY) unlink(buy_stops_, o, open);
            else unlink(sell_stops_, o, open);
        } else if (x.side == BUY) unlink(bids_, o, open);
        else unlink(asks_, o, open);
        release(o);
    }
    void remove(u32 o, u8 reason) {
        const Order& x = orders_[o];
        const i64 open = x.type >= STOP ? x.shown : x.shown + x.hidden;
        emit(CANCELLED, x.side, reason, 0, x.user, x.id, 0, x.price, open, 0);
        take_out(o);
    }

    Bids bids_;
    Asks asks_;
    Ladder<false> buy_stops_;   // the lowest comes true first
    Ladder<true> sell_stops_;   // the highest comes true first
    Pool<Order> orders_;
    Pool<Level> levels_;
    IdMap ids_;
    std::vector<Participant> participants_;  // those that were spoken of
    std::vector<Owned> owned_;
    std::set<std::pair<i64, i64>> dated_;  // when, which
    std::vector<i64> expiry_;              // by slot, of dated orders
    Configuration rules_;
    u64 seq_ = 0, number_ = 0;
    i64 next_id_ = 1, last_ = 0, now_ = 0, reference_ = 0, window_start_ = 0, volume_ = 0;
    bool limited_ = false;
    u8 state_ = OPEN;
};

}  // namespace clob

#include "auction.hpp"
#include "configuring.hpp"
#include "snapshot.hpp"
