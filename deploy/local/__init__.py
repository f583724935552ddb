"""The launcher behind `./bulkhead`: embedded servers, both stacks as processes, and the commands that look after them.

It imports neither a stack nor the boundary: it speaks to them as an operator would, through their commands, their
ports and their environment. Everything runs in one thread. Work that waits is a generator that yields while it does,
so that several servers start side by side (`processes.together`); the kernel ties "die with the parent" to the thread
that forked, and this way there is only one.
"""
