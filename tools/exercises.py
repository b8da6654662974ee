"""The exercises: make the students' folder, test the checks, grade a class.

python -m tools.exercises COMMAND

build             exercises/source → exercises/student
build --check     change nothing; exit 1 where exercises/student is stale
prove 02          one set while you write it: every solution, hint and mutant;
                  writes nothing
mutants [02]      how many small faults in the solutions the checks catch
grade FOLDER      a folder of submissions → FOLDER/grades.csv
kit FOLDER        the students' folder with its checks, to hand out
                  (--solutions: with the solution folds)
nbgrader FOLDER   the exercises as a source folder of an nbgrader course
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from recx_check import runner
from recx_check.container import IMAGE, ContainerError, container
from tools.exercises_sets import (
    HOME,
    ExerciseError,
    Set,
    checks_of,
    index,
    read_set,
    sources,
)

ENOUGH = 0.9


def read_all(only: str = "") -> list[Set]:
    """Return all sets whose name begins with `only`; raise ExerciseError on a
    faulty source, or where there is none.
    """
    found = [
        read_set(path) for path in sources() if path.stem.startswith(only)
    ]
    if not found:
        raise ExerciseError(f"no set of exercises begins with {only!r}")
    return found


def build(check: bool) -> int:
    """Write exercises/student, or say what is stale."""
    from tools.exercises_student import stale, student_files, write

    sets = read_all()
    student, table = HOME / "student", HOME / "recx_check/sets.json"
    files = student_files(sets)
    if check:
        old = [
            *stale(files, student),
            *(
                []
                if table.is_file() and table.read_text() == index(sets)
                else [table]
            ),
        ]
        said = [
            f"{path.relative_to(HOME.parent)} is stale; run make exercises"
            for path in old
        ]
        print(
            "\n".join(said)
            or "exercises: the students' folder is what the sources say"
        )
        return bool(old)
    table.write_text(index(sets), encoding="utf-8", newline="\n")
    for whole in sets:
        tests = sum(len(tests) for tests in checks_of(whole).tests.values())
        print(
            f"{whole.name}: {len(whole.exercises)} exercises, {tests} checks"
        )
    write(files, student)
    return 0


def prove(only: str) -> int:
    """Print what does not hold in the sets whose name begins like this; return
    1 if anything does not.
    """
    from tools.exercises_prove import proofs

    bad = False
    for whole in read_all(only):
        for exercise, faults in proofs(whole):
            bad |= bool(faults)
            stars = "★" * exercise.stars
            print(
                f"{stars:4}{exercise.name}: {len(exercise.wrong)} wrong"
                " answers",
                "FAULTS" if faults else "caught",
            )
            print("".join(f"    {fault}\n" for fault in faults), end="")
    return max(int(bad), mutants(only))


def mutants(only: str) -> int:
    """Print each set's share of mutants caught and the survivors; return 1
    where a share is too small.
    """
    from tools.exercises_mutants import run

    poor = False
    for whole in read_all(only):
        begin = time.perf_counter()
        total, survivors = run(whole)
        share = 1 - len(survivors) / total
        poor |= share < ENOUGH
        seconds = time.perf_counter() - begin
        print(
            f"{whole.name}: {total - len(survivors)} of {total} mutants"
            f" caught, {share:.1%}, {seconds:.0f} s"
        )
        for name, mutant in survivors:
            print(f"  survives in {name}, {mutant.kind}: {mutant.text}")
    return int(poor)


def grade(args: argparse.Namespace) -> int:
    """Grade a folder of submissions; print the time."""
    from tools.exercises_grade import (
        columns,
        graded,
        submissions,
        summary,
        write_csv,
    )

    if not args.folder.is_dir() or not submissions(args.folder):
        raise ExerciseError(
            f"{args.folder}: no notebook (.ipynb) there; give the folder that"
            " holds the submissions"
        )
    box = container(args.container) if args.container else None
    begin = time.perf_counter()
    coming = graded(
        args.folder,
        runner.Limits(args.seconds, args.total, args.megabytes, box),
        args.jobs,
        args.set,
    )
    table = args.to or args.folder / "grades.csv"
    rows = write_csv(coming, table, columns(args.folder, args.set))
    print(
        f"{len(rows)} notebooks graded in {time.perf_counter() - begin:.0f} s:"
        f" {table}. Solved:"
    )
    print(summary(rows))
    print(
        "Network for submissions:",
        ", ".join(
            sorted({row["network"] for row in rows if row.get("network")})
        ),
    )
    return 0


def hand_out(folder: Path, solutions: bool) -> int:
    """Write notebooks and checks to a new folder that needs no book."""
    from tools.exercises_student import kit_files, write

    write(kit_files(read_all(), solutions), _new(folder))
    print(
        f"{folder}: hand out this folder; it needs Python 3.11 or newer,"
        " JupyterLab and numpy"
    )
    return 0


def nbgrader(folder: Path) -> int:
    """Write the exercises as an nbgrader course's source folder."""
    from tools.exercises_nbgrader import nbgrader_files
    from tools.exercises_student import write

    write(nbgrader_files(read_all()), _new(folder))
    print(
        f"{folder}: run nbgrader there, e.g. nbgrader generate_assignment"
        " --create 02_matrix_factorization"
    )
    return 0


def _new(folder: Path) -> Path:
    if folder.exists() and any(folder.iterdir()):
        raise ExerciseError(f"{folder} is not empty: name a new folder")
    return folder


def arguments() -> argparse.Namespace:
    """Return what the command line asks for."""
    ask = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command = ask.add_subparsers(dest="command", required=True)
    command.add_parser("build").add_argument(
        "--check", action="store_true", help="change nothing"
    )
    command.add_parser("mutants").add_argument(
        "set", nargs="?", default="", help="e.g. 02 (default: all)"
    )
    command.add_parser("prove").add_argument("set", help="e.g. 02")
    kit = command.add_parser("kit")
    kit.add_argument("--solutions", action="store_true", help="with the folds")
    for parser in (kit, command.add_parser("nbgrader")):
        parser.add_argument("folder", type=Path)
    grading = command.add_parser("grade")
    grading.add_argument("folder", type=Path)
    grading.add_argument(
        "--to",
        type=Path,
        help="the table to write (default FOLDER/grades.csv)",
    )
    grading.add_argument(
        "--set", default="", help="one set, e.g. 02 (default: all that occur)"
    )
    grading.add_argument(
        "--seconds",
        type=float,
        default=10,
        help="time for each cell (default 10)",
    )
    grading.add_argument(
        "--total",
        type=float,
        default=120,
        help="time for a submission (default 120)",
    )
    grading.add_argument(
        "--megabytes",
        type=int,
        default=4096,
        help="memory for a submission (default 4096)",
    )
    grading.add_argument(
        "--jobs",
        type=int,
        default=2,
        help="submissions side by side (default 2)",
    )
    grading.add_argument(
        "--container",
        nargs="?",
        const=IMAGE,
        metavar="IMAGE",
        help="run each in a container, with docker or podman; the image needs"
        f" Python and numpy (default {IMAGE}, from exercises/Containerfile)",
    )
    return ask.parse_args()


def main() -> int:
    """Do what the command line asks for; print a fault of a source without a
    traceback.
    """
    args = arguments()
    try:
        match args.command:
            case "build":
                return build(args.check)
            case "prove":
                return prove(args.set)
            case "mutants":
                return mutants(args.set)
            case "grade":
                return grade(args)
            case "kit":
                return hand_out(args.folder, args.solutions)
            case _:
                return nbgrader(args.folder)
    except (ExerciseError, ContainerError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
