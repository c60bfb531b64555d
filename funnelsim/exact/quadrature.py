"""Integrals of several functions at once over given panels, each panel halved until it is accurate.

The rule is Gauss–Kronrod with 10 and 21 points (Piessens et al. 1983, QUADPACK, `qk21`), in the logarithm of time:
laws of time with powers or several scales are smooth there.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_NODES = (
    0.995657163025808080735527280689003, 0.973906528517171720077964012084452,
    0.930157491355708226001207180059508, 0.865063366688984510732096688423493,
    0.780817726586416897063717578345042, 0.679409568299024406234327365114874,
    0.562757134668604683339000099272694, 0.433395394129247190799265943165784,
    0.294392862701460198131126603103866, 0.148874338981631210884826001129720, 0.0,
)  # fmt: skip
_KRONROD = (
    0.011694638867371874278064396062192, 0.032558162307964727478818972459390,
    0.054755896574351996031381300244580, 0.075039674810919952767043140916190,
    0.093125454583697605535065465083366, 0.109387158802297641899210590325805,
    0.123491976262065851077958109585166, 0.134709217311473325928054001771707,
    0.142775938577060080797094273138717, 0.147739104901338491374841515972068,
    0.149445554002916905664936468389821,
)  # fmt: skip
_GAUSS = (
    0.066671344308688137593568809893332, 0.149451349150580593145863396957658,
    0.219086362515982043995534934228163, 0.269266719309996355091226921569469,
    0.295524224714752870173815619188769,
)  # fmt: skip

NODES: Floats = np.array([*(-x for x in _NODES), *_NODES[-2::-1]])
WEIGHTS: Floats = np.array([*_KRONROD, *_KRONROD[-2::-1]])
_gauss = np.zeros(21)
_gauss[1:10:2] = _GAUSS
_gauss[11:20:2] = _GAUSS[::-1]
DIFFERENCE: Floats = WEIGHTS - _gauss
BOTH: Floats = np.column_stack([WEIGHTS, DIFFERENCE])
#: Absolute error wanted of a panel, as a share of the scale.
TOLERANCE = 1e-14
#: Relative errors of an integral that halving does not make smaller: those of the integrand itself.
NOISE = 2e-14
#: Panels are not made narrower, nor are more of them halved at a time: more would be noise.
NARROWEST, MOST_PANELS = 1e-13, 4096
#: How often a panel may be halved: enough for an integrable singularity at its end.
DEEPEST = 48


def integrate(integrand: Callable[[Floats], Floats], edges: Floats, scale: Floats) -> Floats:
    """Return the integrals [rows, panels] between consecutive edges > 0.

    integrand: takes times [n], returns values [rows, n]. scale: [rows], what each integral is large or small against.
    """
    begins, ends = np.log(edges[:-1]), np.log(edges[1:])
    owner = np.arange(len(begins))
    total = np.zeros((len(scale), len(begins)))
    for depth in range(DEEPEST + 1):
        middle, half = 0.5 * (begins + ends), 0.5 * (ends - begins)
        times = np.exp(middle[:, None] + half[:, None] * NODES)
        values = integrand(times.ravel()).reshape(len(scale), *times.shape)
        sums = (values * times) @ BOTH * half[:, None]
        found, error = sums[..., 0], np.abs(sums[..., 1]) / scale[:, None]
        # QUADPACK's estimate of the error of the longer rule from the difference of the two
        estimate = np.minimum(error, (200.0 * error) ** 1.5)
        noise = NOISE * np.abs(found) / scale[:, None]
        worst = np.where(estimate > noise, estimate, 0.0).max(axis=0, initial=0.0)
        rough = (worst > TOLERANCE) & (half > NARROWEST)
        fine = not rough.any()
        if depth == 0 and fine:
            return np.asarray(found)
        if depth == DEEPEST or fine or np.count_nonzero(rough) > MOST_PANELS:
            np.add.at(total.T, owner, found.T)
            return total
        np.add.at(total.T, owner[~rough], found[:, ~rough].T)
        begins = np.concatenate([begins[rough], middle[rough]])
        ends = np.concatenate([middle[rough], ends[rough]])
        owner = np.concatenate([owner[rough], owner[rough]])
    return total
