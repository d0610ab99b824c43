#!/usr/bin/env python3
"""Makes src/tail_table.rs: phi of the standard normal from z = -1 to 62, as polynomials.

Needs mpmath. Run it as `python3 tools/tail_table.py > src/tail_table.rs`; the oracle of the tests
(tests/data/normal_phi.csv) was made elsewhere and judges the result.

Cells are 16 to an octave of w = z + 2, so that cell and offset come from the bits of w. In each cell
the polynomial of degree 7 meets phi at the Chebyshev nodes: within 0.6 ulp, coefficients rounded.
"""
import mpmath as mp

mp.mp.dps = 60
DEGREE, PER_OCTAVE, OCTAVES, SHIFT = 7, 16, 6, 2


def phi(z):
    if z >= 0:
        return -mp.log10(mp.erfc(z / mp.sqrt(2)) / 2)
    return -mp.log1p(-mp.erfc(-z / mp.sqrt(2)) / 2) / mp.log(10)


def cell(left, width):
    count = DEGREE + 1
    nodes = [width / 2 * (1 - mp.cos(mp.pi * (2 * k + 1) / (2 * count))) for k in range(count)]
    powers = mp.matrix(DEGREE + 1, DEGREE + 1)
    values = mp.matrix(DEGREE + 1, 1)
    for i, t in enumerate(nodes):
        values[i] = phi(left + t)
        for j in range(DEGREE + 1):
            powers[i, j] = t**j
    return [float(c) for c in mp.lu_solve(powers, values)]


def main():
    cells = []
    for octave in range(OCTAVES):
        for part in range(PER_OCTAVE):
            w = mp.mpf(2) ** octave * (1 + mp.mpf(part) / PER_OCTAVE)
            cells.append(cell(w - SHIFT, mp.mpf(2) ** octave / PER_OCTAVE))
    print("//! φ of the standard normal from z = −1 to 62 as polynomials: `tools/tail_table.py` made it.")
    print("//!")
    print("//! Cells are 16 to an octave of w = z + 2, each with the coefficients of t⁰ to t⁷, t counted")
    print("//! from its left edge.")
    print()
    print("/// Coefficients by cell.")
    print('#[expect(clippy::approx_constant, clippy::unreadable_literal, reason = "made, not written")]')
    print("#[rustfmt::skip]")
    print(f"pub(crate) static CELLS: [[f64; {DEGREE + 1}]; {len(cells)}] = [")
    for coefficients in cells:
        texts = [f"{c!r}" for c in coefficients]
        print("    [" + ", ".join(texts[:3]) + ",")
        print("     " + ", ".join(texts[3:6]) + ",")
        print("     " + ", ".join(texts[6:]) + "],")
    print("];")


main()
