#!/usr/bin/env python3
"""Makes the tables of phi of the standard normal, as polynomials.

    python3 tools/tail_table.py f64 > src/tail_table.rs
    python3 tools/tail_table.py f32 > src/tail_table_f32.rs

Needs mpmath. The oracle of the tests (tests/data/normal_phi.csv) was made elsewhere and judges the
result.

Cells are 16 (f32: 8) to an octave of w = z + 2 (z + 5), so that cell and offset come from the bits of
w. In each cell the polynomial meets phi at the Chebyshev nodes.
"""
import struct
import sys

import mpmath as mp

mp.mp.dps = 60
OCTAVES = 6


def phi(z):
    if z >= 0:
        return -mp.log10(mp.erfc(z / mp.sqrt(2)) / 2)
    return -mp.log1p(-mp.erfc(-z / mp.sqrt(2)) / 2) / mp.log(10)


def cell(function, left, width, degree):
    """The coefficients of the polynomial in t that meets function(left + t) from t = 0 to width."""
    count = degree + 1
    nodes = [width / 2 * (1 - mp.cos(mp.pi * (2 * k + 1) / (2 * count))) for k in range(count)]
    powers = mp.matrix(count, count)
    values = mp.matrix(count, 1)
    for i, t in enumerate(nodes):
        values[i] = function(left + t)
        for j in range(count):
            powers[i, j] = t**j
    return [float(c) for c in mp.lu_solve(powers, values)]


def cells(shift, per_octave, degree):
    for octave in range(OCTAVES):
        for part in range(per_octave):
            w = mp.mpf(2) ** octave * (1 + mp.mpf(part) / per_octave)
            yield cell(phi, w - shift, mp.mpf(2) ** octave / per_octave, degree)


def mills(u):
    """Q(x)·exp(x²/2 − 16)·x·log10(e) of u = 1/x²."""
    scale = mp.log10(mp.e) * mp.exp(-16)
    if u == 0:
        return scale / mp.sqrt(2 * mp.pi)
    x = 1 / mp.sqrt(u)
    return mp.erfc(x / mp.sqrt(2)) / 2 * mp.exp(x * x / 2) * x * scale


def short(c):
    """The shortest digits that name the nearest f32."""
    single = struct.unpack("f", struct.pack("f", c))[0]
    for digits in range(1, 10):
        text = f"{single:.{digits}g}"
        if struct.unpack("f", struct.pack("f", float(text)))[0] == single:
            return text if "." in text or "e" in text else text + ".0"
    raise ValueError(c)


HEAD = """\
//! φ of the standard normal from z = −{left} to {right} as polynomials: `tools/tail_table.py` made it.
//!
//! Cells are {per_octave} to an octave of w = z + {shift}, each with the coefficients of t⁰ to t{degree}, t counted
//! from its left edge.

/// Coefficients by cell.
#[expect(clippy::approx_constant, clippy::unreadable_literal, reason = "made, not written")]
#[rustfmt::skip]
pub(crate) static CELLS: [[{kind}; {columns}]; {rows}] = ["""


def print_f64():
    rows = list(cells(2, 16, 7))
    print(HEAD.format(left=1, right=62, per_octave=16, shift=2, degree="⁷", kind="f64", columns=8,
                      rows=len(rows)))
    for row in rows:
        texts = [f"{c!r}" for c in row]
        print("    [" + ", ".join(texts[:3]) + ",")
        print("     " + ", ".join(texts[3:6]) + ",")
        print("     " + ", ".join(texts[6:]) + "],")
    print("];")


def print_f32():
    rows = list(cells(5, 8, 5))
    print(HEAD.format(left=4, right=59, per_octave=8, shift=5, degree="⁵", kind="f32", columns=6,
                      rows=len(rows)))
    for row in rows:
        print("    [" + ", ".join(short(c) for c in row) + "],")
    print("];")
    print()
    print("/// Q(x)·exp(x²/2 − 16)·x/ln 10 as a polynomial in u = 1/x², for x ≥ 4.")
    print('#[expect(clippy::unreadable_literal, reason = "made, not written")]')
    print("#[rustfmt::skip]")
    coefficients = [short(c) for c in cell(mills, mp.mpf(0), mp.mpf(1) / 16, 6)]
    print(f"pub(crate) const MILLS: [f32; {len(coefficients)}] = [")
    print("    " + ", ".join(coefficients[:4]) + ",")
    print("    " + ", ".join(coefficients[4:]) + ",")
    print("];")


{"f64": print_f64, "f32": print_f32}[sys.argv[1]]()
