// Commands that change the rules of the book. They are journaled as every other, so a replay has them too.
#pragma once

namespace clob {

inline void Book::configure(const Command& c) {
    const auto within = [](i64 value, i64 low, i64 high) { return value >= low && value <= high; };
    u8 wrong = NO_REASON;
    switch (c.op) {
        case GRID:
            if (!within(c.price, 1, PRICE_MAX) || !within(c.quantity, c.price, PRICE_MAX) ||
                !within(c.stop, 1, PRICE_MAX) || !within(c.display, 1, QUANTITY_MAX)) wrong = BAD_CONFIGURATION;
            else {
                rules_.low = c.price;
                rules_.high = c.quantity;
                rules_.tick = c.stop;
                rules_.lot = c.display;
            }
            break;
        case BAND:
            if (!within(c.price, 0, PRICE_MAX)) wrong = BAD_CONFIGURATION;
            else rules_.band = c.price;
            break;
        case VOLUME:
            if (!within(c.quantity, 0, LIMIT_MAX) || !within(c.time, 0, TIME_MAX)) wrong = BAD_CONFIGURATION;
            else {
                rules_.volume_max = c.quantity;
                rules_.window = c.time;
                window_start_ = now_;
                volume_ = 0;
            }
            break;
        case PARTICIPANT:
            if (c.user >= USERS_MAX) wrong = BAD_PARTICIPANT;
            else if (c.side > 1 || !within(c.quantity, 0, QUANTITY_MAX) || !within(c.price, 0, ORDERS_MAX) ||
                     !within(c.stop, 0, LIMIT_MAX)) wrong = BAD_CONFIGURATION;
            else {
                Participant& p = participant(c.user);
                p.known = 1;
                p.barred = c.side;
                p.quantity_max = c.quantity;
                p.open_max = c.price;
                p.notional_max = c.stop;
                if (!limited_ && (c.quantity || c.price || c.stop)) {
                    limited_ = true;  // from here on worth is kept; before, it is worked out once
                    for (u32 o = 0; o < orders_.used(); o++)
                        if (orders_[o].live) participant(orders_[o].user).notional += worth(orders_[o]);
                }
            }
            break;
        case RULES:
            if (c.type > PREVENT_BOTH || c.side > 1) wrong = BAD_CONFIGURATION;
            else {
                rules_.prevention = c.type;
                rules_.closed = c.side;
            }
            break;
        default:
            wrong = BAD_COMMAND;
    }
    if (wrong) return refuse(c, wrong);
    emit(CONFIGURED, c.side, c.op, c.type, c.user, 0, c.stop, c.price, c.quantity, c.op == GRID ? c.display : c.time);
}

}  // namespace clob
