"""screen.py - how the demo looks: titles, typed commands, what they printed, changes, counts."""
import shlex
import sys

COLOURS = sys.stdout.isatty()
PLAIN_SIGNS = set("$=:/.,-_@{}[]+%")


def paint(text, code):
    return f"\033[{code}m{text}\033[0m" if COLOURS else text


def good(text):
    return paint(text, "32")


def bad(text):
    return paint(text, "31")


def title(text):
    print("\n" + paint(text, "1"))


def fact(name, text):
    print(f"  {name:<13} {text}")


def quoted(word):
    """As a person would quote it; $PWD is left for the shell."""
    plain = word and all(sign.isalnum() or sign in PLAIN_SIGNS for sign in word)
    return word if plain and "{" not in word else shlex.quote(word)


def typed(words):
    print(paint("  $ " + " ".join(quoted(word) for word in words), "36"))


def output(lines):
    for line in lines:
        print(f"    {line}")


def change(seconds, line):
    print(f"    {paint(f'{seconds:6.1f} s', '2')}  {line}")


def counted(what, things):
    count = f"{len(things)}"
    print(f"  {what:<22} {good(count) if not things else bad(count)}")
    for thing in things:
        print(f"      {thing}")
