// The native core without Python, to be built with sanitizers: reads packed commands from standard input, runs them in
// pieces, goes on from its own snapshot after each tenth piece, tries cut and changed snapshots on the way, and writes
// every event and the last snapshot to standard output.
#include <cstdio>
#include <memory>
#include <vector>

#include "book.hpp"

int main() {
    using namespace clob;
    std::vector<u8> input;
    u8 piece[1 << 16];
    for (size_t got; (got = std::fread(piece, 1, sizeof piece, stdin)) > 0;) input.insert(input.end(), piece, piece + got);
    std::vector<Command> commands(input.size() / sizeof(Command));
    std::memcpy(static_cast<void*>(commands.data()), input.data(), commands.size() * sizeof(Command));

    auto book = std::make_unique<Book>(false);
    std::vector<u8> state;
    const size_t step = 100;
    for (size_t at = 0, turn = 0; at < commands.size(); at += step, turn++) {
        book->events.clear();
        book->run(&commands[at], std::min(step, commands.size() - at), at);
        std::fwrite(book->events.data(), sizeof(Event), book->events.size(), stdout);
        book->write(state);
        if (turn % 10) continue;
        auto restored = std::make_unique<Book>(false);
        if (restored->read(state.data(), state.size())) return 1;
        for (size_t i = 0; i < state.size(); i += 1 + state.size() / 50) {
            std::vector<u8> changed = state;
            changed[i] ^= u8(1 + turn);
            Book(false).read(changed.data(), changed.size());
            if (!Book(false).read(state.data(), i)) return 1;
        }
        book = std::move(restored);
    }
    std::fwrite(state.data(), 1, state.size(), stdout);
    return 0;
}
