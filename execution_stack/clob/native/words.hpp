// The words of the book: commands, events, reasons, and the bounds of every number in them.
// The same words, with the same numbers, stand in execution_stack/clob/model.py; a test compares the two.
#pragma once

#include <cstddef>
#include <cstdint>

namespace clob {

using i64 = std::int64_t;
using u64 = std::uint64_t;
using u32 = std::uint32_t;
using u8 = std::uint8_t;
using i128 = __int128;

constexpr u32 NIL = 0xffffffffu;
constexpr i64 PRICE_MAX = i64(1) << 40;
constexpr i64 QUANTITY_MAX = i64(1) << 40;
constexpr i64 DISPLAY_MAX = i64(0xffffffff);
constexpr i64 SLICES_MAX = 1000;  // of an iceberg: each is an event, and one taker may meet them all
constexpr i64 ID_MAX = i64(1) << 40;
constexpr i64 TIME_MAX = i64(1) << 62;
constexpr i64 LIMIT_MAX = i64(1) << 62;
constexpr u32 USERS_MAX = u32(1) << 20;
constexpr u32 ORDERS_MAX = u32(1) << 23;  // with QUANTITY_MAX: no sum over a book leaves 63 bits

enum Op : u8 {
    NEW = 1, CANCEL = 2, AMEND = 3, MASS_CANCEL = 4, TIME = 5, END_DAY = 6, FORCE_CANCEL = 7,
    HALT = 8, RESUME = 9, GRID = 10, BAND = 11, VOLUME = 12, PARTICIPANT = 13, RULES = 14,
};
enum Side : u8 { BUY = 0, SELL = 1 };
enum Type : u8 { LIMIT = 0, MARKET = 1, STOP = 2, STOP_LIMIT = 3 };
enum Tif : u8 { GTC = 0, IOC = 1, FOK = 2, POST = 3, DAY = 4, GTD = 5, POST_DAY = 6, POST_GTD = 7 };
enum State : u8 { OPEN = 0, AUCTION = 1, HALTED = 2 };
enum Prevention : u8 { PREVENT_NONE = 0, PREVENT_NEWEST = 1, PREVENT_OLDEST = 2, PREVENT_BOTH = 3 };
enum Kind : u8 {
    ACCEPTED = 1, TRADED = 2, CANCELLED = 3, REFUSED = 4, REPLACED = 5, TRIGGERED = 6, SHOWN = 7,
    STATE = 8, CONFIGURED = 9,
};
enum Reason : u8 {
    NO_REASON = 0, BY_OWNER = 1, UNFILLED = 2, NOT_FILLABLE = 3, SELF_TRADE = 4, WOULD_TAKE = 5,
    EXPIRED = 6, DAY_ENDED = 7, BY_MASS = 8, BY_OPERATOR = 9, BY_BAND = 10, BY_VOLUME = 11,
    BAD_COMMAND = 32, BAD_PARTICIPANT = 33, BAD_QUANTITY = 34, BAD_DISPLAY = 35, BAD_PRICE = 36,
    BAD_STOP = 37, BAD_EXPIRY = 38, OFF_TICK = 39, OFF_LOT = 40, BAD_ID = 41, DUPLICATE_ID = 42,
    UNKNOWN_ORDER = 43, STOP_PARKED = 44, IS_HALTED = 45, IS_AUCTION = 46, BOOK_FULL = 47,
    ORDER_TOO_LARGE = 48, TOO_MANY_OPEN = 49, TOO_MUCH_OPEN = 50, POST_WOULD_CROSS = 51, BAD_TIME = 52,
    SAME_STATE = 53, BAD_CONFIGURATION = 54,
};

constexpr bool posts(u8 tif) { return 0xc8u >> tif & 1; }    // POST, POST_DAY, POST_GTD
constexpr bool for_day(u8 tif) { return 0x50u >> tif & 1; }  // DAY, POST_DAY
constexpr bool dated(u8 tif) { return 0xa0u >> tif & 1; }    // GTD, POST_GTD

struct Command {
    u8 op, side, type, tif;
    u32 user;
    i64 id, price, quantity, stop, display, time;
};
static_assert(sizeof(Command) == 56);

struct Event {  // one cache line
    u8 kind, side, reason, flags;
    u32 user;
    u64 seq;
    i64 id, other, price, quantity, open;
    u64 command;
};
static_assert(sizeof(Event) == 64);

}  // namespace clob
