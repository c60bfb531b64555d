"use strict";
// The exact answer of the lesson's funnel, for any dropped stages, factors on causes and reply time. No page is needed.

/** Return the 32-bit floats that a base64 text holds. */
function decodeFloats(text) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const value = new Int8Array(128).fill(-1);
  for (let i = 0; i < 64; i++) value[alphabet.charCodeAt(i)] = i;
  const body = text.replace(/=+$/, "");
  const bytes = new Uint8Array(Math.floor((body.length * 3) / 4));
  for (let i = 0, at = 0, bits = 0, held = 0; i < body.length; i++) {
    held = (held << 6) | value[body.charCodeAt(i)];
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (held >> bits) & 255;
    }
  }
  return new Float32Array(bytes.buffer, 0, Math.floor(bytes.length / 4));
}

/** Make the material ready: sheets as { causes, exits, width, rows, table }. */
function prepare(material) {
  const sheets = material.sheets.map(([causes, exits, text]) => {
    const table = decodeFloats(text);
    const width = 1 + (2 + exits) * causes.length;
    return { causes, exits, width, rows: table.length / width, table };
  });
  return { ...material, sheets };
}

/** Run the share `begin` of customers through a race; add to `lost` by cause, and return who reaches the end. */
function runSheet(sheet, begin, factors, lost) {
  const { causes, exits, width, rows, table } = sheet;
  const count = causes.length;
  const factor = causes.map((cause) => factors[cause]);
  let passed = 0;
  for (let row = 0; row < rows; row++) {
    const at = row * width;
    let grown = 0;
    for (let k = 0; k < count; k++) grown += factor[k] * table[at + 1 + k];
    const alive = begin * Math.exp(-grown);
    if (alive === 0) continue;
    for (let k = 0; k < count; k++) lost[causes[k]] += factor[k] * table[at + 1 + count + k] * alive;
    const ended = table[at] * alive;
    if (ended === 0) continue;
    let total = 0;
    if (exits) for (let k = 0; k < count; k++) total += factor[k] * table[at + 1 + 2 * count + k];
    passed += ended * Math.exp(-total);
    if (total > 0) {
      const gone = (ended * -Math.expm1(-total)) / total;
      for (let k = 0; k < count; k++) lost[causes[k]] += gone * factor[k] * table[at + 1 + 2 * count + k];
    }
  }
  return passed;
}

/** Return what becomes of a visit in a state: the probability of passing, and of losing to each cause. */
function runVisit(material, state, controls) {
  const lost = new Float64Array(material.causes.length);
  if (state.options.length === 0 || (state.stage >= 0 && controls.dropped[state.stage])) return { passed: 1, lost };
  let passed = 0;
  for (const [share, entry, stays] of state.options) {
    let total = 0;
    for (const [cause, hazard] of entry) total += controls.factors[cause] * hazard;
    if (total > 0) {
      const gone = (share * -Math.expm1(-total)) / total;
      for (const [cause, hazard] of entry) lost[cause] += gone * controls.factors[cause] * hazard;
    }
    const [waits, deciding, finite] = material.stays[stays[stays.length > 1 ? controls.level : 0]];
    let inside = share * Math.exp(-total);
    if (waits.length > 0) {
      let answered = 0;
      for (const [part, sheet] of waits) {
        answered += runSheet(material.sheets[sheet], inside * part, controls.factors, lost);
      }
      inside = deciding < 0 ? answered : answered * finite;
    }
    passed += deciding < 0 ? inside : runSheet(material.sheets[deciding], inside, controls.factors, lost);
  }
  return { passed, lost };
}

/** Solve a linear system with several right sides (rows), by elimination with partial pivoting; the matrix is used up. */
function solveLinear(matrix, rights) {
  const n = matrix.length;
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let row = column + 1; row < n; row++) {
      if (Math.abs(matrix[row][column]) > Math.abs(matrix[pivot][column])) pivot = row;
    }
    [matrix[column], matrix[pivot]] = [matrix[pivot], matrix[column]];
    for (const right of rights) [right[column], right[pivot]] = [right[pivot], right[column]];
    for (let row = column + 1; row < n; row++) {
      const times = matrix[row][column] / matrix[column][column];
      if (times === 0) continue;
      for (let k = column; k < n; k++) matrix[row][k] -= times * matrix[column][k];
      for (const right of rights) right[row] -= times * right[column];
    }
  }
  for (let row = n - 1; row >= 0; row--) {
    for (const right of rights) {
      let sum = right[row];
      for (let k = row + 1; k < n; k++) sum -= matrix[row][k] * right[k];
      right[row] = sum / matrix[row][row];
    }
  }
  return rights;
}

/**
 * Return the exact answer per entering customer: conversion, revenue, and by stage the visits, the completed, the
 * losses by cause, and the same before winning (fates). controls: { dropped: [stage], factors: [cause], level }.
 */
function evaluate(material, controls) {
  const { states, stages, causes } = material;
  const n = states.length;
  const visits = states.map((state) => runVisit(material, state, controls));
  const own = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (__, j) => (i === j ? 1 : 0)));
  const ends = new Float64Array(n);
  states.forEach((state, i) => {
    for (const [to, share] of state.moves) {
      if (to < 0) ends[i] += visits[i].passed * share;
      else own[to][i] -= visits[i].passed * share; // transposed: expected visits
    }
  });
  const whole = own.map((row) => row.slice());
  for (const [from, mean, entering] of material.referrals) {
    if (states[from].stage >= 0 && controls.dropped[states[from].stage]) continue;
    for (const [to, share] of entering) whole[to][from] -= visits[from].passed * mean * share;
  }
  const starts = new Array(n).fill(0);
  for (const [state, share] of material.starts) starts[state] += share;
  const [mine] = solveLinear(own, [starts.slice()]);
  const [everyone] = solveLinear(whole, [starts.slice()]);
  const table = () => stages.map(() => new Float64Array(causes.length));
  const answer = {
    conversion: 0,
    revenue: 0,
    visits: new Float64Array(stages.length),
    completed: new Float64Array(stages.length),
    losses: table(),
    fates: table(),
  };
  states.forEach((state, i) => {
    const dropped = state.stage >= 0 && controls.dropped[state.stage];
    const { passed, lost } = visits[i];
    if (!state.won) answer.conversion += mine[i] * (state.earns && !dropped ? passed : ends[i]);
    if (state.stage < 0 || dropped) return;
    answer.revenue += everyone[i] * passed * state.revenue;
    answer.visits[state.stage] += everyone[i];
    answer.completed[state.stage] += everyone[i] * passed;
    for (let k = 0; k < causes.length; k++) {
      answer.losses[state.stage][k] += everyone[i] * lost[k];
      if (!state.won) answer.fates[state.stage][k] += mine[i] * lost[k];
    }
  });
  return answer;
}

/** Return controls that change nothing. */
function asItIs(material) {
  return {
    dropped: material.stages.map(() => false),
    factors: material.causes.map(() => 1),
    level: material.levels.indexOf(1),
  };
}

/** Return what became of those who were lost in `before`: { saved, bought, elsewhere: [[stage, cause, number]] }. */
function follow(before, after) {
  let saved = 0;
  const elsewhere = [];
  before.fates.forEach((causes, stage) =>
    causes.forEach((lost, cause) => {
      const change = after.fates[stage][cause] - lost;
      if (change < 0) saved -= change;
      else if (change > 1e-9) elsewhere.push([stage, cause, change]);
    }),
  );
  elsewhere.sort((a, b) => b[2] - a[2]);
  return { saved, bought: after.conversion - before.conversion, elsewhere };
}
