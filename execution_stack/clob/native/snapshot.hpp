// The whole state as bytes, and back. Orders stand in order of priority, so that restoring links them without matching.
// Whatever is read is checked: bytes that no book could have written are refused.
#pragma once

#include <cstring>

namespace clob {

struct Header {
    u8 magic[8];
    u64 seq;
    i64 next_id, last, now, low, high, tick, lot, band, window, volume_max, window_start, volume;
    u8 state, prevention, closed, given_ids;
    u32 count[4], participants;  // bids, asks, buy stops, sell stops
};
static_assert(sizeof(Header) == 136);

struct OrderRecord {
    i64 id, price, shown, hidden, stop, expires;
    u32 user, display;
    u8 side, type, tif, nothing[5];
};
static_assert(sizeof(OrderRecord) == 64);

struct ParticipantRecord {
    u32 user, barred;
    i64 quantity_max, open_max, notional_max;
};
static_assert(sizeof(ParticipantRecord) == 32);

constexpr u8 MAGIC[8] = {'C', 'L', 'O', 'B', 'O', 'O', 'K', 1};  // the last byte is the version

inline void Book::write(std::vector<u8>& out) const {
    Header h{};
    std::memcpy(h.magic, MAGIC, sizeof MAGIC);
    h.seq = seq_;
    h.next_id = next_id_;
    h.last = last_;
    h.now = now_;
    h.low = rules_.low;
    h.high = rules_.high;
    h.tick = rules_.tick;
    h.lot = rules_.lot;
    h.band = rules_.band;
    h.window = rules_.window;
    h.volume_max = rules_.volume_max;
    h.window_start = window_start_;
    h.volume = volume_;
    h.state = state_;
    h.prevention = rules_.prevention;
    h.closed = rules_.closed;
    h.given_ids = rules_.given_ids;
    for (const Participant& p : participants_) h.participants += p.known;
    out.resize(sizeof h + size_t(live()) * sizeof(OrderRecord) + h.participants * sizeof(ParticipantRecord));
    u8* place = out.data() + sizeof h;
    for (int part = 0; part < 4; part++) {
        each_order(part, [&](const Order& x) {
            const bool parked = part >= 2;
            const OrderRecord r{x.id, x.price, x.shown, parked ? 0 : x.hidden, parked ? x.hidden : 0,
                                dated(x.tif) ? expiry_[u32(&x - &orders_[0])] : 0, x.user, x.display, x.side, x.type,
                                x.tif, {}};
            std::memcpy(place, &r, sizeof r);
            place += sizeof r;
            h.count[part]++;
        });
    }
    for (u32 user = 0; user < participants_.size(); user++) {
        const Participant& p = participants_[user];
        if (!p.known) continue;
        const ParticipantRecord r{user, p.barred, p.quantity_max, p.open_max, p.notional_max};
        std::memcpy(place, &r, sizeof r);
        place += sizeof r;
    }
    std::memcpy(out.data(), &h, sizeof h);
}

inline const char* Book::read(const u8* data, size_t size) {
    const auto within = [](i64 value, i64 low, i64 high) { return value >= low && value <= high; };
    Header h;
    if (size < sizeof h) return "it is cut short";
    std::memcpy(&h, data, sizeof h);
    if (std::memcmp(h.magic, MAGIC, sizeof MAGIC) != 0) return "it is no snapshot of this version";
    u64 orders = 0;
    for (const u32 count : h.count) orders += count;
    if (orders > ORDERS_MAX || h.participants > USERS_MAX ||
        size != sizeof h + orders * sizeof(OrderRecord) + h.participants * sizeof(ParticipantRecord))
        return "its length is not what it says";
    if (!within(h.next_id, 1, ID_MAX + 1) || !within(h.last, 0, PRICE_MAX) || !within(h.now, 0, TIME_MAX) ||
        !within(h.low, 1, PRICE_MAX) || !within(h.high, h.low, PRICE_MAX) || !within(h.tick, 1, PRICE_MAX) ||
        !within(h.lot, 1, QUANTITY_MAX) || !within(h.band, 0, PRICE_MAX) || !within(h.window, 0, TIME_MAX) ||
        !within(h.volume_max, 0, LIMIT_MAX) || !within(h.window_start, 0, h.now) || !within(h.volume, 0, LIMIT_MAX) ||
        h.state > HALTED || h.prevention > PREVENT_BOTH || h.closed > 1 || h.given_ids > 1 || h.seq >> 62)
        return "a number of its header is out of range";
    seq_ = h.seq;
    next_id_ = h.next_id;
    last_ = h.last;
    now_ = h.now;
    window_start_ = h.window_start;
    volume_ = h.volume;
    state_ = h.state;
    rules_ = {h.low, h.high, h.tick, h.lot, h.band, h.window, h.volume_max, h.prevention, h.closed, h.given_ids};

    const u8* place = data + sizeof h;
    for (int part = 0; part < 4; part++) {
        i64 before = 0;
        for (u32 i = 0; i < h.count[part]; i++, place += sizeof(OrderRecord)) {
            OrderRecord r;
            std::memcpy(&r, place, sizeof r);
            const bool parked = part >= 2;
            const i64 key = parked ? r.stop : r.price;
            const bool rising = part == 1 || part == 2;
            if (!within(r.id, 1, rules_.given_ids ? ID_MAX : next_id_ - 1) || ids_.find(r.id) != NIL ||
                !within(key, 1, PRICE_MAX) || (i && (rising ? key < before : key > before)) || r.side != (part & 1) ||
                r.tif > POST_GTD || r.user >= USERS_MAX || !within(r.shown, 1, QUANTITY_MAX) ||
                !within(r.hidden, 0, r.display ? QUANTITY_MAX - r.shown : 0) ||
                (dated(r.tif) ? !within(r.expires, now_ + 1, TIME_MAX) : r.expires != 0) ||
                std::any_of(r.nothing, r.nothing + sizeof r.nothing, [](u8 each) { return each != 0; }))
                return "an order in it is none";
            if (parked ? (r.type < STOP || r.type > STOP_LIMIT || r.hidden ||
                          !within(r.price, r.type == STOP ? 0 : 1, r.type == STOP ? 0 : PRICE_MAX))
                       : (r.type != LIMIT || r.tif == IOC || r.tif == FOK || r.stop ||
                          (r.display && r.shown > i64(r.display))))
                return "an order in it stands where it cannot";
            before = key;
            const u32 o = allocate(r.id, r.price, r.shown, r.user, r.display, r.side, r.type, r.tif);
            orders_[o].hidden = parked ? r.stop : r.hidden;
            if (dated(r.tif)) remember_expiry(o, r.expires);
            const u64 open = u64(parked ? r.shown : r.shown + r.hidden);
            if (part == 0) link(bids_, o, key, open);
            if (part == 1) link(asks_, o, key, open);
            if (part == 2) link(buy_stops_, o, key, open);
            if (part == 3) link(sell_stops_, o, key, open);
        }
    }
    if (state_ == OPEN && !bids_.empty() && !asks_.empty() && bids_.best() >= asks_.best())
        return "its book is crossed";
    i64 previous = -1;
    for (u32 i = 0; i < h.participants; i++, place += sizeof(ParticipantRecord)) {
        ParticipantRecord r;
        std::memcpy(&r, place, sizeof r);
        if (r.user <= previous || r.user >= USERS_MAX || r.barred > 1 || !within(r.quantity_max, 0, QUANTITY_MAX) ||
            !within(r.open_max, 0, ORDERS_MAX) || !within(r.notional_max, 0, LIMIT_MAX))
            return "a participant in it is none";
        previous = r.user;
        Participant& p = participant(r.user);
        p.known = 1;
        p.barred = u8(r.barred);
        p.quantity_max = r.quantity_max;
        p.open_max = r.open_max;
        p.notional_max = r.notional_max;
        limited_ = limited_ || r.quantity_max || r.open_max || r.notional_max;
    }
    if (limited_)
        for (u32 o = 0; o < orders_.used(); o++)
            if (orders_[o].live) participant(orders_[o].user).notional += worth(orders_[o]);
    return nullptr;
}

}  // namespace clob
