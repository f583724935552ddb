// Where orders, levels and ladder nodes live: pools of plain records, named by 32-bit index, and the map of order ids.
// Growing a pool doubles its address space, not its memory: pages that were never written are not resident.
#pragma once

#include <cstdlib>
#include <cstring>
#include <new>
#include <vector>

#include "words.hpp"

namespace clob {

template <class T>
class Pool {  // T names the next free record in its member `next`
public:
    Pool() = default;
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;
    ~Pool() { std::free(items_); }

    T& operator[](u32 index) { return items_[index]; }
    const T& operator[](u32 index) const { return items_[index]; }
    u32 take() {
        if (free_ != NIL) {
            const u32 index = free_;
            free_ = items_[index].next;
            return index;
        }
        if (__builtin_expect(used_ == capacity_, 0)) grow();
        return used_++;
    }
    void give(u32 index) {
        items_[index].next = free_;
        free_ = index;
    }
    u32 used() const { return used_; }
    size_t bytes() const { return size_t(used_) * sizeof(T); }

private:
    void grow() {
        const u32 wanted = capacity_ ? capacity_ * 2 : 1024;
        void* grown = std::realloc(static_cast<void*>(items_), size_t(wanted) * sizeof(T));
        if (!grown) throw std::bad_alloc();
        items_ = static_cast<T*>(grown);
        capacity_ = wanted;
    }
    T* items_ = nullptr;
    u32 used_ = 0, capacity_ = 0, free_ = NIL;
};

// Ids ascend and lie close together, so three steps of a table find one: no hashing, no probing, no worst case.
class IdMap {
    static constexpr int BITS = 12;
    static constexpr u64 NOWHERE = ~u64(0);
    static constexpr u64 MASK = (u64(1) << BITS) - 1;
    struct Page {
        u32 slot[1 << BITS];
        u32 live;
    };
    struct Shelf {
        Page* page[1 << BITS];
        u32 live;
    };

public:
    IdMap() = default;
    IdMap(const IdMap&) = delete;
    IdMap& operator=(const IdMap&) = delete;
    ~IdMap() {
        for (Shelf* shelf : shelves_) {
            if (!shelf) continue;
            for (Page* page : shelf->page) std::free(page);
            std::free(shelf);
        }
        std::free(spare_);
    }
    u32 find(i64 id) {
        const u64 key = u64(id);
        const u64 top = key >> (2 * BITS);
        if (__builtin_expect(top != near_, 0)) {
            if (top >= shelves_.size() || !shelves_[top]) return NIL;
            near_ = top;
            near_shelf_ = shelves_[top];
        }
        const Page* page = near_shelf_->page[key >> BITS & MASK];
        return page ? page->slot[key & MASK] : NIL;
    }
    void put(i64 id, u32 slot) {
        const u64 key = u64(id), top = key >> (2 * BITS);
        Shelf* shelf = near_shelf_;
        if (__builtin_expect(top != near_, 0)) {
            if (top >= shelves_.size()) shelves_.resize(top + 1);
            shelf = shelves_[top];
            if (!shelf) {
                shelf = shelves_[top] = static_cast<Shelf*>(std::calloc(1, sizeof(Shelf)));
                if (!shelf) throw std::bad_alloc();
            }
            near_ = top;
            near_shelf_ = shelf;
        }
        Page*& page = shelf->page[key >> BITS & MASK];
        if (__builtin_expect(!page, 0)) {
            page = spare_ ? spare_ : static_cast<Page*>(std::malloc(sizeof(Page)));
            if (!page) throw std::bad_alloc();
            if (!spare_) std::memset(page->slot, 0xff, sizeof page->slot);
            spare_ = nullptr;
            page->live = 0;
            shelf->live++;
            pages_++;
        }
        page->slot[key & MASK] = slot;
        page->live++;
        size_++;
    }
    void drop(i64 id) {
        const u64 key = u64(id), top = key >> (2 * BITS);
        Shelf* shelf = top == near_ ? near_shelf_ : shelves_[top];
        Page*& page = shelf->page[key >> BITS & MASK];
        page->slot[key & MASK] = NIL;
        size_--;
        if (__builtin_expect(--page->live == 0, 0)) {  // an emptied page is clean: the next one made takes it
            if (spare_) std::free(page);
            else spare_ = page;
            page = nullptr;
            pages_--;
            if (--shelf->live == 0) {
                std::free(shelf);
                shelves_[top] = nullptr;
                if (top == near_) near_ = NOWHERE;
            }
        }
    }
    u32 size() const { return size_; }
    size_t bytes() const { return pages_ * sizeof(Page); }

private:
    std::vector<Shelf*> shelves_;
    Page* spare_ = nullptr;
    Shelf* near_shelf_ = nullptr;  // the one used last: neighbours are asked for together
    u64 near_ = NOWHERE;
    u32 size_ = 0;
    size_t pages_ = 0;
};

}  // namespace clob
