// Where everyone is at a time: pure functions of the film's data, so that they can be tested without a browser.

/** The times at which something happens, in order, each once. */
function findMoments(film) {
  const times = new Set([0]);
  for (const visits of film.people) {
    for (const [, entered, answered, left] of visits) {
      for (const time of [entered, answered, left]) if (time !== null) times.add(time);
    }
  }
  return Float64Array.from(times).sort();
}

/** Where a customer is: coming (or between two stages), waiting, there, lost, or at the end of the journey. */
function placeOf(visits, time) {
  let last = null;
  let bought = false;
  for (const visit of visits) {
    if (visit[1] > time) break;
    last = visit;
    if (visit[4] === "won" && visit[3] !== null && visit[3] <= time) bought = true;
  }
  if (last === null) return { where: "coming", stage: -1, bought };
  const [stage, entered, answered, left, outcome, cause] = last;
  if (left === null || left > time) {
    const waits = answered === null || answered > time;
    return { where: waits ? "waiting" : "there", stage, bought, since: waits ? entered : answered };
  }
  if (outcome === "lost") return { where: "lost", stage, cause, bought, since: left };
  const onItsWay = last !== visits[visits.length - 1] || outcome === "next" || outcome === "open";
  if (onItsWay) return { where: "coming", stage: -1, bought };
  return { where: "ended", stage: -1, bought, since: left };
}

/** How many are where: by stage waiting, there and lost; and those who bought, are at the end, or are on their way. */
function countAt(film, time) {
  const rows = film.stages.map(() => ({ waiting: 0, there: 0, lost: 0 }));
  const all = { rows, bought: 0, ended: 0, coming: 0 };
  film.people.forEach((visits) => {
    const place = placeOf(visits, time);
    if (place.bought) all.bought += 1;
    if (place.stage >= 0) rows[place.stage][place.where] += 1;
    else all[place.where] += 1;
  });
  return all;
}

/** The time of a position between 0 and 1: every moment takes as long as any other, so that nothing is waited for. */
function timeAt(moments, position) {
  const steps = moments.length - 1;
  if (steps < 1) return moments[0] || 0;
  const exact = Math.min(Math.max(position, 0), 1) * steps;
  const before = Math.min(Math.floor(exact), steps - 1);
  return moments[before] + (exact - before) * (moments[before + 1] - moments[before]);
}
