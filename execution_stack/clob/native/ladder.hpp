// One ladder of prices: which exist, what level stands at each, and which is best.
// A tree of 64-way nodes with a bitmap each, as high as the largest price needs: find, insert, erase and next-worse
// take one step for every six bits of a price. No search, no moving of memory, no window that prices could leave.
#pragma once

#include "storage.hpp"

namespace clob {

template <bool HighestIsBest>
class Ladder {
    struct Node {
        u64 bits;
        u32 child[64];  // of a leaf: level
        u32 next;       // free nodes
    };

public:
    bool empty() const { return size_ == 0; }
    i64 best() const { return best_; }
    u32 best_level() const { return best_level_; }
    size_t bytes() const { return nodes_.bytes(); }

    // Whether price a stands before price b.
    static bool better(i64 a, i64 b) { return HighestIsBest ? a > b : a < b; }

    u32 find(i64 price) {
        Near& near = near_to(price);
        if (u64(price) >> 6 == near.prefix) return nodes_[near.leaf].child[price & 63];
        if (size_ == 0 || u64(price) >> (6 * height_)) return NIL;
        u32 node = root_;
        for (int shift = 6 * (height_ - 1); shift; shift -= 6) {
            node = nodes_[node].child[price >> shift & 63];
            if (node == NIL) return NIL;
        }
        near = {u64(price) >> 6, node};
        return nodes_[node].child[price & 63];
    }

    void insert(i64 price, u32 level) {
        const Near near = near_to(price);
        const u32 leaf = u64(price) >> 6 == near.prefix ? near.leaf : make_path(price);
        set(leaf, price, level);
        if (size_++ == 0 || better(price, best_)) {
            best_ = price;
            best_level_ = level;
        }
    }

    void erase(i64 price) {
        u32 path[8];
        const i64 was = price;
        Near& near = near_to(price);
        if (u64(price) >> 6 == near.prefix && nodes_[near.leaf].bits != bit(price)) {
            clear(near.leaf, price);  // others stand on this leaf: the path stays
        } else {
            u32 node = root_;
            for (int depth = height_ - 1; depth; depth--) {
                path[depth] = node;
                node = nodes_[node].child[price >> (6 * depth) & 63];
            }
            path[0] = node;
            for (int depth = 0; depth < height_; depth++) {
                clear(path[depth], price >> (6 * depth));
                if (nodes_[path[depth]].bits) break;
                if (depth == 0) near = {};
                nodes_.give(path[depth]);
            }
        }
        if (--size_ == 0) {
            height_ = 0;
            root_ = NIL;
        } else if (was == best_) {
            worse(best_, best_level_);
        }
    }

    // The next worse price that exists, and its level; false at the end.
    bool worse(i64& price, u32& level) const {
        u32 path[8];
        int depth = height_ - 1;
        u32 node = root_;
        const Near& near = near_[u64(price) >> 6 & (NEAR - 1)];
        if (u64(price) >> 6 == near.prefix) {
            const u64 rest = beyond(nodes_[near.leaf].bits, unsigned(price & 63));
            if (rest) {
                const unsigned chosen = first(rest);
                price = (price & ~i64(63)) | i64(chosen);
                level = nodes_[near.leaf].child[chosen];
                return true;
            }
        }
        for (;;) {
            path[depth] = node;
            if (depth == 0) break;
            node = nodes_[node].child[price >> (6 * depth) & 63];
            if (node == NIL) break;
            depth--;
        }
        for (; depth < height_; depth++) {
            const u64 rest = beyond(nodes_[path[depth]].bits, unsigned(price >> (6 * depth) & 63));
            if (!rest) continue;
            unsigned chosen = first(rest);
            i64 found = (price >> (6 * depth) & ~i64(63)) | i64(chosen);
            u32 below = nodes_[path[depth]].child[chosen];
            for (; depth; depth--) {
                chosen = first(nodes_[below].bits);
                found = found << 6 | i64(chosen);
                below = nodes_[below].child[chosen];
            }
            price = found;
            level = below;
            return true;
        }
        return false;
    }

    // f(price, level) from best to worst, until it answers false.
    template <class F>
    void each(F f) const {
        if (size_ == 0) return;
        i64 price = best_;
        u32 level = best_level_;
        while (f(price, level) && worse(price, level)) {
        }
    }

private:
    static constexpr u64 NEAR = 16;
    struct Near {  // a leaf used lately, by the upper bits of its prices
        u64 prefix = ~u64(0);
        u32 leaf = NIL;
    };
    Near& near_to(i64 price) { return near_[u64(price) >> 6 & (NEAR - 1)]; }
    static u64 bit(i64 price) { return u64(1) << (price & 63); }
    static unsigned first(u64 bits) {
        return unsigned(HighestIsBest ? 63 - __builtin_clzll(bits) : __builtin_ctzll(bits));
    }
    static u64 beyond(u64 bits, unsigned place) {
        return HighestIsBest ? bits & ((u64(1) << place) - 1) : bits & (~u64(1) << place);
    }
    void set(u32 node, i64 place, u32 child) {
        nodes_[node].bits |= bit(place);
        nodes_[node].child[place & 63] = child;
    }
    void clear(u32 node, i64 place) {
        nodes_[node].bits &= ~bit(place);
        nodes_[node].child[place & 63] = NIL;
    }
    u32 make_node() {
        const u32 node = nodes_.take();
        nodes_[node].bits = 0;
        std::memset(nodes_[node].child, 0xff, sizeof nodes_[node].child);
        return node;
    }
    u32 make_path(i64 price) {
        if (size_ == 0) {
            height_ = 1;
            root_ = make_node();
            while (u64(price) >> (6 * height_)) height_++;  // an empty root of any height is the same node
        }
        while (u64(price) >> (6 * height_)) {
            const u32 top = make_node();
            set(top, 0, root_);
            root_ = top;
            height_++;
        }
        u32 node = root_;
        for (int depth = height_ - 1; depth; depth--) {
            const i64 place = price >> (6 * depth);
            u32 child = nodes_[node].child[place & 63];
            if (child == NIL) {
                child = make_node();
                set(node, place, child);
            }
            node = child;
        }
        near_to(price) = {u64(price) >> 6, node};
        return node;
    }

    Pool<Node> nodes_;
    i64 best_ = 0;
    Near near_[NEAR];
    u32 best_level_ = NIL, root_ = NIL, size_ = 0;
    int height_ = 0;
};

}  // namespace clob
