"""embed.py OUT INDEXES MIGRATION... -- SQL files as C strings, in order, and
what all of them make of an empty file as one: a new store takes no detours.

Only what stands here and in the files named (and how SQLite writes a table that
was altered) decides the result, so that the build is reproducible.
"""
import sqlite3
import sys


def sql_of(path):
    with open(path, encoding="utf-8") as f:
        lines = [line.split("--")[0].rstrip() for line in f]
    return [line for line in lines if line.strip()]


def c_string(lines):
    return "".join(
        '\t"%s\\n"\n' % line.replace("\\", "\\\\").replace('"', '\\"')
        for line in lines).rstrip("\n")


def fresh(migrations):
    db = sqlite3.connect(":memory:", isolation_level=None)
    for m in migrations:
        db.executescript("\n".join(sql_of(m)))
    rows = db.execute(
        "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL"
        " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid")
    return "\n".join(sql + ";" for sql, in rows).split("\n")


def main(out, indexes, *migrations):
    with open(out, "w", encoding="utf-8") as f:
        f.write("/* made by store/migrations/embed.py */\n")
        f.write('#include "store/sqlite/migrate.h"\n\n')
        f.write("const char *const migrate_steps[] = {\n")
        f.write(",\n".join(c_string(sql_of(m)) for m in migrations))
        f.write("};\n\nconst int migrate_count = %d;\n\n" % len(migrations))
        f.write("const char *const migrate_fresh =\n%s;\n\n"
                % c_string(fresh(migrations)))
        f.write("const char *const migrate_indexes =\n%s;\n"
                % c_string(sql_of(indexes)))


main(*sys.argv[1:])
