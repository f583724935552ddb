// What a book is made of: orders and levels by index, participants, its rules, and the buffer of its events.
#pragma once

#include "storage.hpp"

namespace clob {

struct Level {
    i64 price;
    u64 total;  // displayed and hidden
    u32 head, tail, count, next;
};

struct alignas(64) Order {
    i64 id, price, shown, hidden;  // a parked stop keeps its stop price in `hidden`
    u32 user, previous, next, level, user_previous, user_next, display;
    u8 side, type, tif, live;
};
static_assert(sizeof(Order) == 64);

struct Participant {
    i64 quantity_max = 0, open_max = 0, notional_max = 0;  // 0: no limit
    i128 notional = 0;                                     // kept while any participant has limits
    u8 known = 0, barred = 0;
};

struct Owned {  // by participant: what every order touches, apart from what few do
    u32 head = NIL, open = 0;
};

struct Configuration {
    i64 low = 1, high = PRICE_MAX, tick = 1, lot = 1;
    i64 band = 0;                                  // furthest that a trade may be from the last one; 0: any
    i64 window = 0, volume_max = 0;                // more than this in one window halts; 0: any
    u8 prevention = PREVENT_NONE, closed = 0, given_ids = 0;
};

class Events {
public:
    Events() { grow(1 << 14); }
    Events(const Events&) = delete;
    Events& operator=(const Events&) = delete;
    ~Events() { std::free(items_); }
    Event& next() {
        if (__builtin_expect(size_ == capacity_, 0)) grow(capacity_ * 2);
        return items_[size_++];
    }
    void clear() { size_ = 0; }
    size_t size() const { return size_; }
    const Event* data() const { return items_; }

private:
    void grow(size_t wanted) {
        void* grown = std::realloc(static_cast<void*>(items_), wanted * sizeof(Event));
        if (!grown) throw std::bad_alloc();
        items_ = static_cast<Event*>(grown);
        capacity_ = wanted;
    }
    Event* items_ = nullptr;
    size_t size_ = 0, capacity_ = 0;
};

}  // namespace clob
