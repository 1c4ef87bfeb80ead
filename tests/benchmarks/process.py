# A worker process: pinned, asked over pipes, stopped whenever it is not its turn.
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import ctypes
import json
import os
import select
import signal
import subprocess
import time
from typing import Optional


PR_SET_PDEATHSIG = 1


class WorkerError(Exception):
    """The worker failed, crashed or took too long."""


class Worker:
    """Runs `command` on the given processors. Between its turns it is stopped (SIGSTOP), because the threads of most engines spin for
    a while after a run and would disturb whoever comes next."""

    def __init__(self, command: list[str], processors: list[int], log: str, nice: int = 0):
        self.log = log
        environment = dict(os.environ, OMP_NUM_THREADS=str(len(processors)), MKL_NUM_THREADS=str(len(processors)))

        def settle() -> None:
            # A worker that is stopped would outlive this program.
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            os.sched_setaffinity(0, processors)
            if nice:
                # The kernel groups processes by session, and a nice value counts only within the group unless the group has it, too.
                os.setpriority(os.PRIO_PROCESS, 0, nice)
                try:
                    with open("/proc/self/autogroup", "w", encoding="ascii") as group:
                        group.write(str(nice))
                except OSError:
                    pass

        self.started = time.perf_counter()
        with open(log, "wb") as errors:
            self.process = subprocess.Popen(  # pylint: disable=consider-using-with,subprocess-popen-preexec-fn
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=environment, bufsize=0,
                preexec_fn=settle, start_new_session=True)
        self.pending = b""

    def answer(self, timeout: float) -> dict:
        """The next JSON line; whatever is not one is skipped."""
        deadline = time.perf_counter() + timeout
        while True:
            line, separator, rest = self.pending.partition(b"\n")
            if separator:
                self.pending = rest
                if not line.startswith(b"{"):
                    continue
                answer = json.loads(line)
                if "error" in answer:
                    raise WorkerError(answer["error"])
                return answer
            left = deadline - time.perf_counter()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                raise WorkerError(f"over {timeout:.0f} s")
            part = os.read(self.process.stdout.fileno(), 1 << 16)
            if not part:
                raise WorkerError(self.death())
            self.pending += part

    def ask(self, line: str, timeout: float) -> dict:
        """Wakes the worker, sends it the line, stops it again after its answer. The answer's `waited` is the share of the time that
        its threads waited for a processor, in threads: 0 on a machine that does nothing else."""
        start, waited = time.perf_counter(), self.waited()
        self.process.send_signal(signal.SIGCONT)
        try:
            self.process.stdin.write(line.encode() + b"\n")
        except BrokenPipeError as error:
            raise WorkerError(self.death()) from error
        answer = self.answer(timeout)
        answer["waited"] = (self.waited() - waited) / (time.perf_counter() - start)
        self.pause()
        return answer

    def waited(self) -> float:
        """Seconds that its threads have waited for a processor that something else was using."""
        nanoseconds = 0
        folder = f"/proc/{self.process.pid}/task"
        for thread in os.listdir(folder):
            with open(f"{folder}/{thread}/schedstat", encoding="ascii") as statistics:
                nanoseconds += int(statistics.read().split()[1])
        return nanoseconds * 1e-9

    def pause(self) -> None:
        """Until the next ask()."""
        self.process.send_signal(signal.SIGSTOP)

    def death(self) -> str:
        """How it ended, and the last line that it wrote to stderr."""
        status: Optional[int] = None
        try:
            status = self.process.wait(10)
        except subprocess.TimeoutExpired:
            pass
        how = f"killed by {signal.Signals(-status).name}" if status and status < 0 else f"ended with status {status}"
        with open(self.log, encoding="utf-8", errors="replace") as errors:
            lines = [line.strip() for line in errors if line.strip()]
        return f"{how}: {lines[-1][:120]}" if lines else how

    def close(self) -> None:
        """Ends it and what it started, whatever they are doing."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
