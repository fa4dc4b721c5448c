# Runs a program on a terminal of its own. What comes on stdin is typed, what is on the screen goes to stdout; a line
# `size ROWS COLS` on descriptor 3 resizes the terminal. Ends with the program's exit code.
import fcntl, os, pty, select, struct, sys, termios

rows, cols, *argv = sys.argv[1:]
pid, master = pty.fork()
if pid == 0:
    os.close(3)
    os.execvp(argv[0], argv)

def resize(rows, cols):
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(cols), 0, 0))

resize(rows, cols)
sources = {0, 3, master}
while True:
    ready, _, _ = select.select(sources, [], [])
    for source in ready:
        try:
            data = os.read(source, 65536)
        except OSError:
            data = b""
        if data == b"" and source == master:
            _, status = os.waitpid(pid, 0)
            sys.exit(os.waitstatus_to_exitcode(status) & 255)
        elif data == b"":
            sources.discard(source)
        elif source == 3:
            for line in data.decode().splitlines():
                resize(*line.split()[1:])
        elif source == 0:
            os.write(master, data)
        else:
            sys.stdout.buffer.write(data)
            sys.stdout.flush()
