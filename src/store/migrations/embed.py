"""embed.py OUT INDEXES MIGRATION... -- SQL files as C strings, in order.

Only what stands here and in the files named decides the result, so that the
build is reproducible.
"""
import sys


def c_string(path):
    with open(path, encoding="utf-8") as f:
        lines = [line.split("--")[0].rstrip() for line in f]
    text = "".join(
        '\t"%s\\n"\n' % line.replace("\\", "\\\\").replace('"', '\\"')
        for line in lines if line.strip())
    return text.rstrip("\n")


def main(out, indexes, *migrations):
    with open(out, "w", encoding="utf-8") as f:
        f.write("/* made by store/migrations/embed.py */\n")
        f.write('#include "store/sqlite/migrate.h"\n\n')
        f.write("const char *const migrate_steps[] = {\n")
        f.write(",\n".join(c_string(m) for m in migrations))
        f.write("};\n\nconst int migrate_count = %d;\n\n" % len(migrations))
        f.write("const char *const migrate_indexes =\n%s;\n" % c_string(indexes))


main(*sys.argv[1:])
