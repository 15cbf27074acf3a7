"""What a machine's C library and SQLite are made to answer, in programs that a test starts."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

COMPILER = shutil.which("tcc") or shutil.which("cc")

can_compile = pytest.mark.skipif(COMPILER is None, reason="there is no compiler of C (Debian's tcc)")


def answers_adjtimex(answer: int) -> str:
    """Source that has adjtimex(2) say of every clock what it says of one."""
    return f"int adjtimex(void *asked) {{ (void) asked; return {answer}; }}"


NO_TRIGRAMS = """
extern char *strstr(const char *, const char *);
extern void *dlopen(const char *, int), *dlsym(void *, const char *);
typedef int prepare(void *, const char *, int, void **, const char **);
int sqlite3_prepare_v2(void *db, const char *sql, int bytes, void **made, const char **rest) {
    if (strstr(sql, "trigram")) { sql = "CREATE VIRTUAL TABLE t USING fts5 (a, tokenize = 'absent')"; bytes = -1; }
    return ((prepare *) dlsym(dlopen("libsqlite3.so.0", 1), "sqlite3_prepare_v2"))(db, sql, bytes, made, rest);
}
"""
"""Source that has SQLite know no tokenizer of trigrams."""


def preloaded(folder: Path, source: str) -> str:
    """Compile it; what `LD_PRELOAD` has to be for a program that is to have it."""
    made = folder / "preloaded.so"
    command = [str(COMPILER), "-shared", "-fPIC", "-nostdlib", "-o", str(made), "-xc", "-"]
    subprocess.run(command, input=source, text=True, check=True)
    return str(made)
