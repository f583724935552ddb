// The CPython side: one type, `Book`. Commands come in as numbers, as rows or as packed records; events leave as
// tuples or as packed records. The interpreter's lock is let go of while a batch of records runs. One thread at a time
// per book: a second one is refused, not queued.
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <cstring>
#include <new>

#include "book.hpp"

using namespace clob;

namespace {

constexpr int FIELDS = 11;        // of a command
constexpr size_t NUMBERED = sizeof(u64) + sizeof(Command);
constexpr size_t LOCKED_MAX = 16; // a batch this small runs faster than the lock changes hands

struct BookObject {
    PyObject_HEAD
    Book* book;
    bool busy;
};

bool number(PyObject* from, i64 low, i64 high, i64& into) {
    int overflow = 0;
    into = PyLong_AsLongLongAndOverflow(from, &overflow);
    if (into == -1 && PyErr_Occurred()) return false;
    if (overflow || into < low || into > high) {
        PyErr_SetString(PyExc_OverflowError, "a number of a command does not fit its field");
        return false;
    }
    return true;
}

// op, side, type, tif, user, id, price, quantity[, stop[, display[, time]]]
bool parse(PyObject* const* from, Py_ssize_t count, Command& c) {
    if (count < 8 || count > FIELDS) {
        PyErr_SetString(PyExc_TypeError, "a command has eight to eleven numbers");
        return false;
    }
    i64 v[FIELDS] = {0};
    for (Py_ssize_t i = 0; i < count; i++) {
        const i64 low = i < 5 ? 0 : INT64_MIN, high = i < 4 ? 255 : i == 4 ? i64(0xffffffff) : INT64_MAX;
        if (!number(from[i], low, high, v[i])) return false;
    }
    c = {u8(v[0]), u8(v[1]), u8(v[2]), u8(v[3]), u32(v[4]), v[5], v[6], v[7], v[8], v[9], v[10]};
    return true;
}

PyObject* tuple_of(const Event& e) {
    PyObject* tuple = PyTuple_New(11);
    if (!tuple) return nullptr;
    const i64 values[11] = {e.kind,  e.side,  e.reason,   e.flags, e.user,        e.id,
                            e.other, e.price, e.quantity, e.open,  i64(e.command)};
    for (int i = 0; i < 11; i++) {
        PyObject* value = PyLong_FromLongLong(values[i]);
        if (!value) {
            Py_DECREF(tuple);
            return nullptr;
        }
        PyTuple_SET_ITEM(tuple, i, value);
    }
    return tuple;
}

PyObject* list_of(const Events& events) {
    PyObject* list = PyList_New(Py_ssize_t(events.size()));
    if (!list) return nullptr;
    for (size_t i = 0; i < events.size(); i++) {
        PyObject* tuple = tuple_of(events.data()[i]);
        if (!tuple) {
            Py_DECREF(list);
            return nullptr;
        }
        PyList_SET_ITEM(list, Py_ssize_t(i), tuple);
    }
    return list;
}

PyObject* bytes_of(const Events& events) {
    return PyBytes_FromStringAndSize(reinterpret_cast<const char*>(events.data()),
                                     Py_ssize_t(events.size() * sizeof(Event)));
}

bool enter(BookObject* self) {
    if (self->busy || !self->book) {
        PyErr_SetString(PyExc_RuntimeError, self->busy ? "another thread is in this book" : "this book is void");
        return false;
    }
    self->book->events.clear();
    return true;
}

// Out of memory in the middle of a command leaves a book that is neither before nor after it: nobody may go on with it.
PyObject* give_up(BookObject* self) {
    delete self->book;
    self->book = nullptr;
    return PyErr_NoMemory();
}

PyObject* submit(BookObject* self, PyObject* const* arguments, Py_ssize_t count) {
    Command c;
    if (!enter(self) || !parse(arguments, count, c)) return nullptr;
    try {
        self->book->apply(c, 0);
    } catch (const std::bad_alloc&) {
        return give_up(self);
    }
    return list_of(self->book->events);
}

PyObject* count_events(BookObject* self, PyObject* const* arguments, Py_ssize_t count) {
    Command c;
    if (!enter(self) || !parse(arguments, count, c)) return nullptr;
    try {
        self->book->apply(c, 0);
    } catch (const std::bad_alloc&) {
        return give_up(self);
    }
    return PyLong_FromSize_t(self->book->events.size());
}

bool run_batch(BookObject* self, const Command* commands, size_t count, u64 first) {
    bool failed = false;
    self->busy = true;
    if (count > LOCKED_MAX) {
        Py_BEGIN_ALLOW_THREADS
        try {
            self->book->run(commands, count, first);
        } catch (const std::bad_alloc&) {
            failed = true;
        }
        Py_END_ALLOW_THREADS
    } else {
        try {
            self->book->run(commands, count, first);
        } catch (const std::bad_alloc&) {
            failed = true;
        }
    }
    self->busy = false;
    if (failed) give_up(self);
    return !failed;
}

bool run_records(BookObject* self, PyObject* const* arguments, Py_ssize_t count) {
    i64 first = 0;
    if (count < 1 || count > 2) {
        PyErr_SetString(PyExc_TypeError, "records, and the number of the first");
        return false;
    }
    if ((count == 2 && !number(arguments[1], 0, INT64_MAX, first)) || !enter(self)) return false;
    Py_buffer view;
    if (PyObject_GetBuffer(arguments[0], &view, PyBUF_SIMPLE) < 0) return false;
    bool done = false;
    if (view.len % Py_ssize_t(sizeof(Command)) || reinterpret_cast<uintptr_t>(view.buf) % alignof(Command))
        PyErr_SetString(PyExc_ValueError, "not a whole number of records");
    else
        done = run_batch(self, static_cast<const Command*>(view.buf), size_t(view.len) / sizeof(Command), u64(first));
    PyBuffer_Release(&view);
    return done;
}

PyObject* run(BookObject* self, PyObject* const* arguments, Py_ssize_t count) {
    return run_records(self, arguments, count) ? PyLong_FromSize_t(self->book->events.size()) : nullptr;
}

// Records of 64 bytes: the command's number, then the command. Where a journal is of several books, numbers have gaps.
bool run_numbered_batch(BookObject* self, const u8* records, size_t count) {
    bool failed = false;
    self->busy = true;
    Py_BEGIN_ALLOW_THREADS
    try {
        for (size_t i = 0; i < count; i++) {
            u64 number;
            Command c;
            std::memcpy(&number, records + i * NUMBERED, sizeof number);
            std::memcpy(&c, records + i * NUMBERED + sizeof number, sizeof c);
            self->book->apply(c, number);
        }
    } catch (const std::bad_alloc&) {
        failed = true;
    }
    Py_END_ALLOW_THREADS
    self->busy = false;
    if (failed) give_up(self);
    return !failed;
}

PyObject* run_numbered(BookObject* self, PyObject* records) {
    if (!enter(self)) return nullptr;
    Py_buffer view;
    if (PyObject_GetBuffer(records, &view, PyBUF_SIMPLE) < 0) return nullptr;
    bool done = false;
    if (view.len % Py_ssize_t(NUMBERED))
        PyErr_SetString(PyExc_ValueError, "not a whole number of records");
    else
        done = run_numbered_batch(self, static_cast<const u8*>(view.buf), size_t(view.len) / NUMBERED);
    PyBuffer_Release(&view);
    return done ? PyLong_FromSize_t(self->book->events.size()) : nullptr;
}

PyObject* events(BookObject* self, PyObject*) {
    if (self->busy || !self->book) return enter(self), nullptr;
    return bytes_of(self->book->events);
}

PyObject* run_rows(BookObject* self, PyObject* rows) {
    if (!enter(self)) return nullptr;
    PyObject* fast = PySequence_Fast(rows, "rows of numbers");
    if (!fast) return nullptr;
    const Py_ssize_t size = PySequence_Fast_GET_SIZE(fast);
    std::vector<Command> commands;
    try {
        commands.resize(size_t(size));
    } catch (const std::bad_alloc&) {
        Py_DECREF(fast);
        return PyErr_NoMemory();
    }
    for (Py_ssize_t i = 0; i < size; i++) {
        PyObject* row = PySequence_Fast_GET_ITEM(fast, i);
        if (!PyTuple_Check(row)) {
            PyErr_SetString(PyExc_TypeError, "a row is a tuple");
            Py_DECREF(fast);
            return nullptr;
        }
        if (!parse(&PyTuple_GET_ITEM(row, 0), PyTuple_GET_SIZE(row), commands[size_t(i)])) {
            Py_DECREF(fast);
            return nullptr;
        }
    }
    Py_DECREF(fast);
    if (!run_batch(self, commands.data(), commands.size(), 0)) return nullptr;
    return list_of(self->book->events);
}

PyObject* orders(BookObject* self, PyObject* side) {
    i64 part = 0;
    if (!number(side, 0, 3, part) || !enter(self)) return nullptr;
    PyObject* list = PyList_New(0);
    if (!list) return nullptr;
    bool failed = false;
    self->book->each_order(int(part), [&](const Order& x) {
        if (failed) return;
        const bool parked = part >= 2;
        PyObject* tuple =
            Py_BuildValue("(LLL)", x.id, parked ? x.hidden : x.price, parked ? x.shown : x.shown + x.hidden);
        failed = !tuple || PyList_Append(list, tuple) < 0;
        Py_XDECREF(tuple);
    });
    if (failed) Py_CLEAR(list);
    return list;
}

PyObject* left(BookObject* self, PyObject* id) {
    i64 wanted = 0;
    if (self->busy || !self->book) return enter(self), nullptr;
    if (!number(id, INT64_MIN, INT64_MAX, wanted)) return nullptr;
    return PyLong_FromLongLong(self->book->left(wanted));
}

PyObject* snapshot(BookObject* self, PyObject*) {
    if (!enter(self)) return nullptr;
    std::vector<u8> bytes;
    try {
        self->book->write(bytes);
    } catch (const std::bad_alloc&) {
        return PyErr_NoMemory();
    }
    return PyBytes_FromStringAndSize(reinterpret_cast<const char*>(bytes.data()), Py_ssize_t(bytes.size()));
}

PyObject* create(PyTypeObject* type, PyObject* arguments, PyObject* words) {
    static const char* names[] = {"given_ids", nullptr};
    int given_ids = 0;
    if (!PyArg_ParseTupleAndKeywords(arguments, words, "|$p", const_cast<char**>(names), &given_ids)) return nullptr;
    auto* self = reinterpret_cast<BookObject*>(type->tp_alloc(type, 0));
    if (!self) return nullptr;
    self->busy = false;
    self->book = nullptr;
    try {
        self->book = new Book(given_ids != 0);
    } catch (const std::bad_alloc&) {
        Py_DECREF(self);
        return PyErr_NoMemory();
    }
    return reinterpret_cast<PyObject*>(self);
}

PyObject* restore(PyObject* type, PyObject* bytes) {
    Py_buffer view;
    if (PyObject_GetBuffer(bytes, &view, PyBUF_SIMPLE) < 0) return nullptr;
    PyObject* made = PyObject_CallNoArgs(type);
    const char* wrong = nullptr;
    bool failed = false;
    if (made) {
        try {
            wrong = reinterpret_cast<BookObject*>(made)->book->read(static_cast<const u8*>(view.buf), size_t(view.len));
        } catch (const std::bad_alloc&) {
            failed = true;
        }
    }
    PyBuffer_Release(&view);
    if (wrong) PyErr_SetString(PyExc_ValueError, wrong);
    if (failed) PyErr_NoMemory();
    if (wrong || failed) Py_CLEAR(made);
    return made;
}

void destroy(BookObject* self) {
    delete self->book;
    PyTypeObject* type = Py_TYPE(self);
    type->tp_free(self);
    Py_DECREF(type);
}

template <class F>
PyObject* told(BookObject* self, F f) {
    if (self->busy || !self->book) return enter(self), nullptr;
    return PyLong_FromLongLong(i64(f(*self->book)));
}
PyObject* live(BookObject* self, void*) { return told(self, [](const Book& b) { return b.live(); }); }
PyObject* memory(BookObject* self, void*) { return told(self, [](const Book& b) { return b.bytes(); }); }
PyObject* last(BookObject* self, void*) { return told(self, [](const Book& b) { return b.last(); }); }
PyObject* state(BookObject* self, void*) { return told(self, [](const Book& b) { return b.state(); }); }
PyObject* seq(BookObject* self, void*) { return told(self, [](const Book& b) { return b.seq(); }); }

template <class F>
PyCFunction function(F f) { return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(f)); }

PyMethodDef METHODS[] = {
    {"submit", function(submit), METH_FASTCALL, "One command as numbers; its events as tuples."},
    {"count", function(count_events), METH_FASTCALL, "One command as numbers; how many events it made."},
    {"run", function(run), METH_FASTCALL, "Packed commands, and the number of the first; how many events they made."},
    {"run_numbered", function(run_numbered), METH_O, "Packed commands, each behind its number."},
    {"events", function(events), METH_NOARGS, "The events of the last call, packed."},
    {"run_rows", function(run_rows), METH_O, "Commands as tuples; their events as tuples."},
    {"orders", function(orders), METH_O, "(id, price, open) by priority: 0 bids, 1 asks, 2 buy and 3 sell stops."},
    {"left", function(left), METH_O, "How much of the order with this id is open; 0 if there is none."},
    {"snapshot", function(snapshot), METH_NOARGS, "The whole state."},
    {"restore", function(restore), METH_O | METH_CLASS, "The book that wrote this snapshot."},
    {nullptr, nullptr, 0, nullptr},
};
PyGetSetDef FACTS[] = {
    {"live", reinterpret_cast<getter>(live), nullptr, "How many orders rest or are parked.", nullptr},
    {"memory", reinterpret_cast<getter>(memory), nullptr, "Bytes in use.", nullptr},
    {"last", reinterpret_cast<getter>(last), nullptr, "Price of the last trade.", nullptr},
    {"state", reinterpret_cast<getter>(state), nullptr, "Open, auction or halted.", nullptr},
    {"seq", reinterpret_cast<getter>(seq), nullptr, "Number of the last event.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};
PyType_Slot SLOTS[] = {
    {Py_tp_new, reinterpret_cast<void*>(create)},
    {Py_tp_dealloc, reinterpret_cast<void*>(destroy)},
    {Py_tp_methods, METHODS},
    {Py_tp_getset, FACTS},
    {0, nullptr},
};
PyType_Spec SPEC = {"execution_stack.clob.native._core.Book", sizeof(BookObject), 0, Py_TPFLAGS_DEFAULT, SLOTS};

int fill(PyObject* module) {
    PyObject* type = PyType_FromSpec(&SPEC);
    if (!type) return -1;
    const int added = PyModule_AddObjectRef(module, "Book", type);
    Py_DECREF(type);
    return added < 0 ? -1 : PyModule_AddStringConstant(module, "SOURCE", CLOB_SOURCE);
}
PyModuleDef_Slot MODULE_SLOTS[] = {{Py_mod_exec, reinterpret_cast<void*>(fill)}, {0, nullptr}};
PyModuleDef MODULE = {PyModuleDef_HEAD_INIT, "_core", "The order book's fast core.", 0, nullptr, MODULE_SLOTS,
                      nullptr, nullptr, nullptr};

}  // namespace

PyMODINIT_FUNC PyInit__core() { return PyModuleDef_Init(&MODULE); }
