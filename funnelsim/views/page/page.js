// The page: native controls on the left, what comes of them on the right. Every word comes from Python; free texts are
// put in as texts, never as markup.

/** Make an element with attributes and children. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "disabled") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

const SHAPES = {
  waiting: "M 0 -5.5 A 5.5 5.5 0 1 1 -0.01 -5.5 Z",
  there: "M 0 -5.5 A 5.5 5.5 0 1 1 -0.01 -5.5 Z",
  lost: "M -5 -5 L 5 5 M 5 -5 L -5 5",
  ended: "M -5 -5 H 5 V 5 H -5 Z",
};
const LOOKS = {
  waiting: 'fill="#fff" stroke="#E69F00" stroke-width="3"',
  there: 'fill="#0072B2"',
  lost: 'fill="none" stroke="#D55E00" stroke-width="2.5"',
  ended: 'fill="#009E73"',
};

function build(model, hello) {
  const T = (key, values = {}) => hello.texts[key].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  const format = (value, most) => new Intl.NumberFormat(hello.language, { maximumFractionDigits: most }).format(value);
  const percent = (value, most = 1) => format(100 * value, most) + (hello.language === "ru" ? "\u00a0%" : "%");
  const $ = {};
  let number = 0;
  let waiting = false; // for an answer to the last edit
  let next = null; // the newest edit that came meanwhile
  let begun = 0;
  let said = ""; // what the draft was, and its scenario in focus, as last drawn
  let focus = "";
  let drawn = 0; // how often, for whoever waits for it
  const motion = window.matchMedia("(prefers-reduced-motion: reduce)");

  /** Send a message; while an edit is under way only the newest edit of the same number waits. */
  function send(message) {
    if (waiting && message.do !== "full") {
      if (next !== null && (next.do !== message.do || next.key !== message.key)) model.send_msg({ ...next, number: ++number });
      next = message;
      return;
    }
    waiting = message.do !== "full";
    begun = performance.now();
    number += 1;
    model.send_msg({ ...message, number });
  }

  function finish() {
    waiting = false;
    if (next !== null) {
      const message = next;
      next = null;
      send(message);
    }
  }

  // ---- controls

  const controls = new Map();
  function showValue(entry, value) {
    if (entry.kind === "share") return percent(value);
    if (entry.kind === "change") return (value > 0 ? "+" : value < 0 ? "\u2212" : "") + percent(Math.abs(value), 0);
    if (entry.kind === "factor") return "×\u00a0" + format(value, 2);
    if (typeof value === "string") return value;
    return (format(value, 2) + "\u00a0" + entry.unit).trim();
  }

  function addControl(entry, place, id) {
    const slides = ["share", "factor", "change"].includes(entry.kind) || (entry.kind === "amount" && entry.high <= 3);
    const output = slides ? make("output", { for: id }, showValue(entry, entry.value)) : "";
    const edit = (value) => send({ do: "edit", key: entry.key, value });
    const show = (value) => {
      if (!slides) return;
      output.textContent = showValue(entry, value);
      input.setAttribute("aria-valuetext", output.textContent);
    };
    let input;
    if (slides) {
      // What gives way to others has values between the steps; a key or the mouse moves it from step to step all the same.
      const round = (value) => Number((Math.round(value / entry.step) * entry.step).toFixed(6));
      const move = (value) => { show(value); edit(value); };
      input = make("input", { type: "range", id, min: entry.low, max: entry.high, step: entry.gives ? "any" : entry.step, value: entry.value,
        oninput: () => move(entry.gives ? Math.min(round(Number(input.value)), entry.high) : Number(input.value)) });
      const signs = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 };
      if (entry.gives) input.addEventListener("keydown", (event) => {
        if (!(event.key in signs)) return;
        event.preventDefault();
        const value = Math.min(Math.max(Number((Number(input.value) + signs[event.key] * entry.step).toFixed(6)), entry.low), entry.high);
        input.value = value;
        move(value);
      });
    } else if (entry.kind === "time" || entry.kind === "hours") {
      input = make("input", { type: "text", id, class: entry.kind, value: entry.value, onchange: () => edit(input.value) });
    } else {
      input = make("input", { type: "number", id, min: entry.low, max: entry.high,
        step: entry.kind === "count" ? entry.step : "any", value: entry.value,
        onchange: () => { if (input.value !== "") edit(Number(input.value)); } });
    }
    const was = make("span", { class: "was" });
    const control = make("div", { class: "control" }, make("label", { for: id }, entry.label),
      make("div", { class: "row" }, input, slides ? output : entry.unit), was);
    show(entry.value);
    place.append(control);
    controls.set(entry.key, { entry, input, show, was, control });
  }

  function settleControls(values) {
    for (const { entry, input, show, was, control } of controls.values()) {
      const edited = Object.hasOwn(values, entry.key);
      const value = edited ? values[entry.key] : entry.value;
      // A control that is being moved is ahead of the answer.
      if (!(next !== null && next.key === entry.key) && input.getRootNode().activeElement !== input) input.value = value;
      else if (!edited && next === null) input.value = value;
      show(next !== null && next.key === entry.key && input.type === "range" ? Number(input.value) : value);
      control.classList.toggle("edited", edited);
      was.textContent = edited ? T("page.as_file", { value: showValue(entry, entry.value) }) : "";
    }
    for (const { badge, keys } of groups) {
      badge.textContent = keys.some((key) => Object.hasOwn(values, key)) ? "● " + T("page.edited") : "";
    }
  }

  const groups = [];
  const boxes = new Map();
  function addGroup(group, place, index) {
    const badge = make("span", { class: "badge" });
    const details = make("details", {}, make("summary", {}, group.label, badge));
    if (group.kind === "intervention") {
      const id = `choose-${index}`;
      const box = make("input", { type: "checkbox", id,
        onchange: () => send({ do: "choose", name: group.name, on: box.checked }) });
      boxes.set(`choose ${group.name}`, box);
      $.own.append(make("div", {}, box, make("label", { for: id }, group.label)));
    }
    group.entries.forEach((entry, position) => addControl(entry, details, `c-${index}-${position}`));
    if (group.entries.length === 0) details.append(make("p", { class: "quiet" }, T("page.no_numbers")));
    place.append(details);
    groups.push({ details, badge, keys: group.entries.map((entry) => entry.key) });
  }

  // ---- results

  function cells(texts, tag = "td") {
    return texts.map((text) => make(tag, tag === "th" ? { scope: "col" } : {}, text));
  }

  function track(bars, kind) {
    const line = make("div", { class: `track ${kind}`, "aria-hidden": "true" });
    if (bars) {
      for (const part of ["passed", "lost", "open"]) {
        line.append(make("span", { class: `bar ${part}`, style: `width:${100 * bars[part]}%` }));
      }
    }
    return line;
  }

  function drawStages(card) {
    const both = card.what === "glance";
    const body = card.stages.map((stage) => {
      const pictures = make("td", { class: "picture" }, track(stage.base, "world1"));
      if (both) pictures.append(track(stage.scenario, "world2"));
      const numbers = (bars) => cells(bars ? bars.cells : [T("page.gone"), "–", "–"]);
      return make("tr", {}, make("th", { scope: "row" }, stage.label), pictures, ...numbers(stage.base),
        ...(both ? numbers(stage.scenario) : []));
    });
    const heads = [T("page.came"), T("page.passed"), T("page.lost")];
    const top = make("tr", {}, make("td", {}), make("td", {}), make("th", { colspan: 3, scope: "colgroup" }, card.worlds[0].label));
    if (both) top.append(make("th", { colspan: 3, scope: "colgroup" }, card.worlds[1].label));
    $.stages.replaceChildren(make("caption", {}, T("page.stages")),
      make("thead", {}, top, make("tr", {}, make("th", { scope: "col" }, T("page.stage")), make("td", {}), ...cells(heads, "th"),
        ...(both ? cells(heads, "th") : []))), make("tbody", {}, ...body));
    const names = ["customers", "won", "conversion", "revenue", "cost", "profit"];
    $.worlds.replaceChildren(make("caption", {}, T("page.worlds") + (hello.currency ? `, ${hello.currency}` : "")),
      make("thead", {}, make("tr", {}, ...cells([T("page.world"), ...names.map((name) => T(name))], "th"))),
      make("tbody", {}, ...card.worlds.map((world) => make("tr", {}, make("th", { scope: "row" }, world.label), ...cells(world.cells)))));
    $.method.textContent = card.method;
    drawn += 1;
    $.root.dataset.drawn = String(drawn);
  }

  const rows = new Map();
  function drawScenarios(card, same) {
    $.scenario.replaceChildren(...card.scenarios.map((one) => make("option", { value: one.name }, one.label)));
    $.scenario.value = card.focus;
    $.scenario.disabled = card.scenarios.length === 0;
    $.none.hidden = card.scenarios.length > 0;
    const kept = new Map(rows);
    rows.clear();
    const list = card.scenarios.map((one) => {
      const row = kept.get(one.name) || { lift: null, cells: [] };
      row.label = one.label;
      row.element = make("tr", { class: one.name === card.focus ? "focus" : "" });
      row.fresh = same && row.fresh;
      rows.set(one.name, row);
      return row.element;
    });
    $.lifts.replaceChildren(make("caption", {}, T("page.lifts") + (hello.currency ? `, ${hello.currency}` : "")),
      make("thead", {}, make("tr", {}, make("th", { scope: "col" }, T("scenario")), make("td", {}),
        ...cells([T("lift.revenue"), T("lift.relative"), T("lift.profit")], "th"))), make("tbody", {}, ...list));
    drawRows();
  }

  function drawRows() {
    const lifts = [...rows.values()].map((row) => row.lift).filter((lift) => lift !== null);
    const low = Math.min(0, ...lifts);
    const span = Math.max(0, ...lifts) - low || 1;
    for (const row of rows.values()) {
      const meter = make("div", { "aria-hidden": "true" });
      if (row.lift !== null) {
        const left = (100 * (Math.min(row.lift, 0) - low)) / span;
        meter.append(make("span", { class: row.lift < 0 ? "minus" : "", style: `left:${left}%;width:${(100 * Math.abs(row.lift)) / span}%` }));
      }
      meter.append(make("i", { style: `left:${(-100 * low) / span}%` }));
      const wide = row.cells.length === 1;
      const shown = wide ? [make("td", { colspan: 3 }, row.cells[0])] : row.cells.length ? cells(row.cells) : cells(["…", "…", "…"]);
      row.element.replaceChildren(make("th", { scope: "row" }, row.label), make("td", { class: "meter" }, meter), ...shown);
      row.element.classList.toggle("old", !row.fresh);
    }
  }

  // ---- animation

  const NS = "http://www.w3.org/2000/svg";
  const film = { data: null, moments: null, position: 0, timer: null, nodes: [] };
  const LANE = 46, LEFT = 250, WIDTH = 1000, ZONES = { waiting: 256, there: 476, lost: 720 }, ROOM = { waiting: 210, there: 234, lost: 270 };

  function drawFilm(card) {
    stop();
    film.data = card.film;
    film.moments = findMoments(card.film);
    const stages = card.film.stages;
    const height = LANE * (stages.length + 1) + 30;
    const svg = document.createElementNS(NS, "svg");
    svg.setAttribute("viewBox", `0 0 ${WIDTH} ${height}`);
    svg.setAttribute("class", "film");
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", T("page.film.alt"));
    const symbols = Object.keys(SHAPES).map((kind) => `<path id="f-${kind}" d="${SHAPES[kind]}" ${LOOKS[kind]}/>`).join("");
    svg.innerHTML = `<defs>${symbols}</defs>`; // our own shapes only
    const write = (x, y, text, bold) => {
      const node = document.createElementNS(NS, "text");
      node.setAttribute("x", x);
      node.setAttribute("y", y);
      if (bold) node.setAttribute("font-weight", "600");
      node.textContent = text;
      svg.append(node);
    };
    for (const kind of ["waiting", "there", "lost"]) write(ZONES[kind], 18, T(`page.film.${kind}`), true);
    [...stages, T("page.film.ended")].forEach((label, row) => {
      const y = 28 + row * LANE;
      for (const kind of row < stages.length ? ["waiting", "there", "lost"] : ["waiting"]) {
        const zone = document.createElementNS(NS, "rect");
        zone.setAttribute("class", "zone");
        const wide = row < stages.length ? ROOM[kind] : WIDTH - LEFT - 16;
        for (const [name, value] of Object.entries({ x: ZONES[kind] - 4, y: y + 2, width: wide, height: LANE - 6 })) zone.setAttribute(name, value);
        svg.append(zone);
      }
      const words = label.split(" ");
      const lines = [""];
      for (const word of words) {
        if ((lines[lines.length - 1] + " " + word).length > 27) lines.push(word);
        else lines[lines.length - 1] = (lines[lines.length - 1] + " " + word).trim();
      }
      if (lines.length > 2) lines.splice(2, lines.length, "") && (lines[1] += " …");
      lines.filter((line) => line).forEach((line, at, all) => write(4, y + 27 + 18 * (at - (all.length - 1) / 2), line));
    });
    film.nodes = card.film.people.map(() => {
      const node = document.createElementNS(NS, "use");
      svg.append(node);
      return node;
    });
    $.film.replaceChildren(svg);
    $.films.hidden = false;
    $.time.max = film.moments.length - 1;
    $.filmwhy.textContent = T("page.film.why", { n: format(card.film.people.length, 0) });
    seek(0);
  }

  /** Show a moment: everyone in the place of their kind, in the order in which they came there. */
  function seek(position) {
    if (film.data === null) return;
    film.position = Math.min(Math.max(position, 0), film.moments.length - 1);
    const time = timeAt(film.moments, film.position / Math.max(film.moments.length - 1, 1));
    const places = film.data.people.map((visits) => placeOf(visits, time));
    const heaps = new Map();
    const order = places.map((_, person) => person).sort((a, b) => (places[a].since ?? 0) - (places[b].since ?? 0));
    for (const person of order) {
      const { where, stage } = places[person];
      const node = film.nodes[person];
      node.classList.toggle("still", motion.matches);
      if (where === "coming") {
        node.setAttribute("visibility", "hidden");
        continue;
      }
      const key = `${where} ${stage}`;
      const rank = heaps.get(key) ?? 0;
      heaps.set(key, rank + 1);
      const room = Math.floor(((where === "ended" ? WIDTH - LEFT - 16 : ROOM[where]) - 12) / 14);
      const row = where === "ended" ? film.data.stages.length : stage;
      const x = (where === "ended" ? ZONES.waiting : ZONES[where]) + 8 + 14 * (rank % room);
      const y = 28 + row * LANE + 14 + 13 * Math.min(Math.floor(rank / room), 2);
      node.setAttribute("visibility", "visible");
      node.setAttribute("href", `#f-${where}`);
      node.style.transform = `translate(${x}px, ${y}px)`;
    }
    $.time.value = Math.round(film.position);
    const day = T("page.film.day", { day: format(time, 2) });
    $.time.setAttribute("aria-valuetext", day);
    $.clock.textContent = day;
    const now = countAt(film.data, time);
    $.filmtable.replaceChildren(make("thead", {}, make("tr", {}, ...cells([T("page.stage"), T("page.film.waiting"), T("page.film.there"), T("page.film.lost")], "th"))),
      make("tbody", {}, ...film.data.stages.map((label, row) => make("tr", {}, make("th", { scope: "row" }, label),
        ...cells([film.data.answers[row] ? format(now.rows[row].waiting, 0) : "–", format(now.rows[row].there, 0), format(now.rows[row].lost, 0)])))));
    $.filmsum.textContent = `${T("page.film.done")}: ${format(now.bought, 0)}; ${T("page.film.ended")}: ${format(now.ended, 0)}; ${T("page.film.coming", { n: format(now.coming, 0) })}.`;
  }

  function stop() {
    if (film.timer !== null) clearInterval(film.timer);
    film.timer = null;
    $.play.textContent = T("page.film.play");
  }

  function play() {
    if (film.data === null) {
      askFilm();
      return;
    }
    if (film.timer !== null) {
      stop();
      return;
    }
    const end = film.moments.length - 1;
    if (film.position >= end) seek(0);
    $.play.textContent = T("page.film.pause");
    const slow = motion.matches;
    film.timer = setInterval(() => {
      if (film.position >= end) stop();
      else seek(film.position + Math.max(1, Math.round(end / (slow ? 40 : 240))));
    }, slow ? 1000 : 160);
  }

  function askFilm() {
    send({ do: "film", base: $.world.value === "base" });
  }

  // ---- the full run, files

  function drawFull(card) {
    const parts = [make("div", { class: "scroll" }, make("table", { id: "full-lifts" }, make("caption", {}, `${card.title} · ${card.replications}`),
      make("thead", {}, make("tr", {}, ...cells(card.headings, "th"))),
      make("tbody", {}, ...card.rows.map((row) => make("tr", {}, make("th", { scope: "row" }, row[0]), ...cells(row.slice(1)))))))];
    if (card.picture) parts.push(make("div", { class: "scroll" }, make("img", { class: "picture", src: card.picture.image, alt: card.picture.alt })));
    for (const story of card.stories) parts.push(make("h3", {}, story.label), make("p", {}, story.text));
    if (card.notes.length) parts.push(make("ul", { class: "quiet" }, ...card.notes.map((note) => make("li", {}, note))));
    $.result.replaceChildren(...parts);
    $.full.disabled = false;
    $.progress.hidden = true;
    $.xlsx.disabled = $.report.disabled = false;
  }

  function download(card) {
    const bytes = Uint8Array.from(atob(card.data), (char) => char.charCodeAt(0));
    const link = make("a", { href: URL.createObjectURL(new Blob([bytes])), download: card.name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    say(card.text);
  }

  function say(text) {
    $.error.hidden = true;
    $.said.textContent = text;
    $.said.hidden = false;
  }

  const draw = {
    draft: (card) => {
      settleControls(card.values);
      for (const [key, box] of boxes) {
        const [kind, name] = [key.slice(0, key.indexOf(" ")), key.slice(key.indexOf(" ") + 1)];
        box.checked = (kind === "choose" ? card.chosen : card.dropped).includes(name);
      }
      // What was refused changes nothing: what is drawn still holds.
      const now = JSON.stringify([card.values, card.chosen, card.dropped]);
      const same = now === said;
      const seen = same && card.focus === focus;
      [said, focus] = [now, card.focus];
      drawScenarios(card, same);
      $.error.hidden = true;
      $.old.hidden = !card.old;
      $.reset.disabled = !(Object.keys(card.values).length || card.chosen.length || card.dropped.length);
      if (film.data !== null && !seen) {
        stop();
        film.data = null;
        $.films.hidden = true;
      }
    },
    base: (card) => {
      drawStages(card);
      stamp("base");
    },
    glance: (card) => {
      drawStages(card);
      $.answer.textContent = card.answer;
      $.assumptions.replaceChildren(...card.assumptions.map((text) => make("li", {}, text)));
      stamp("redrawn");
    },
    row: (card) => {
      const row = rows.get(card.name);
      if (!row) return;
      Object.assign(row, { lift: card.lift, cells: card.cells, fresh: true });
      drawRows();
    },
    film: drawFilm,
    full: drawFull,
    progress: (card) => {
      $.progress.hidden = false;
      $.bar.max = card.most;
      $.bar.value = card.done;
      $.running.textContent = T("page.full.running", { done: format(card.done, 0), most: format(card.most, 0) });
    },
    said: (card) => say(card.text),
    file: download,
    error: (card) => {
      $.said.hidden = true;
      $.error.textContent = card.text;
      $.error.hidden = false;
      $.full.disabled = false;
      $.progress.hidden = true;
    },
    ended: () => { $.report.disabled = $.xlsx.disabled; },
    done: finish,
  };

  /** Keep how long it took from the change to what is drawn now, and say it once all of it is. */
  function stamp(part) {
    const started = begun;
    if (!waiting) return;
    requestAnimationFrame(() => setTimeout(() => {
      $.root.dataset[part] = String(Math.round(performance.now() - started));
      if (part === "redrawn") $.taken.textContent = T("page.time", { ms: format(performance.now() - started, 0) });
    }));
  }

  // ---- the page itself

  const keep = (name, element) => ($[name] = element);
  const left = make("section", { "aria-labelledby": "h-funnel" });
  const tried = make("div", {});
  $.own = make("div", { class: "own" });
  left.append(make("h2", { id: "h-funnel" }, T("page.funnel")),
    make("div", { class: "buttons" }, keep("reset", make("button", { type: "button", id: "reset", disabled: true, onclick: () => {
      left.getRootNode().activeElement?.blur();
      send({ do: "reset" });
    } }, T("page.reset")))));
  hello.groups.forEach((group, index) => addGroup(group, group.kind === "intervention" ? tried : left, index));
  const dropping = make("details", { id: "dropping" }, make("summary", {}, T("page.drop")));
  hello.stages.forEach((stage, index) => {
    const id = `drop-${index}`;
    const box = make("input", { type: "checkbox", id, onchange: () => send({ do: "drop", name: stage.name, on: box.checked }) });
    boxes.set(`drop ${stage.name}`, box);
    dropping.append(make("div", {}, box, make("label", { for: id }, stage.label)));
  });
  left.append(make("h2", {}, T("page.tried")), tried,
    make("h2", {}, T("page.own")), make("p", { class: "quiet" }, T("page.own.why")), $.own, dropping);
  if (groups.length) groups[0].details.open = true;

  const right = make("section", { "aria-labelledby": "h-now" },
    make("h2", { id: "h-now" }, T("page.now")),
    keep("error", make("div", { class: "error", role: "alert", id: "error", hidden: "" })),
    make("div", { class: "buttons" }, make("label", { for: "scenario" }, T("page.compare")),
      keep("scenario", make("select", { id: "scenario", onchange: () => send({ do: "focus", name: $.scenario.value }) }))),
    keep("none", make("p", { hidden: "" }, T("page.no_scenario"))),
    keep("answer", make("p", { class: "answer", id: "answer", "aria-live": "polite" })),
    make("p", { class: "quiet" }, keep("method", make("span", { id: "method" }, T("page.preparing"))), " ", keep("taken", make("span", { id: "taken" }))),
    make("div", { class: "scroll" }, keep("stages", make("table", { class: "stages", id: "stages" }))),
    make("p", { class: "quiet", "aria-hidden": "true" },
      make("span", { class: "key bar passed" }), T("page.passed"), make("span", { class: "key bar lost" }), T("page.lost")),
    make("div", { class: "scroll" }, keep("worlds", make("table", { id: "worlds" }))),
    keep("assumptions", make("ul", { class: "quiet", id: "assumptions" })),
    make("div", { class: "scroll" }, keep("lifts", make("table", { id: "lifts" }))),
    make("h2", {}, T("page.film")),
    make("div", { class: "buttons" }, make("label", { for: "world" }, T("page.film.world")),
      keep("world", make("select", { id: "world", onchange: askFilm }, make("option", { value: "base" }, T("base")), make("option", { value: "scenario" }, T("scenario")))),
      keep("play", make("button", { type: "button", id: "play", onclick: play }, T("page.film.play"))),
      make("button", { type: "button", id: "back", onclick: () => { stop(); seek(film.position - 1); } }, T("page.film.back")),
      make("button", { type: "button", id: "step", onclick: () => { if (film.data === null) askFilm(); stop(); seek(film.position + 1); } }, T("page.film.step")),
      make("button", { type: "button", id: "start", onclick: () => { stop(); seek(0); } }, T("page.film.start"))),
    keep("films", make("div", { id: "films", hidden: "" },
      make("div", { class: "buttons" }, make("label", { for: "time" }, T("page.film.time")),
        keep("time", make("input", { type: "range", class: "time", id: "time", min: 0, step: 1, oninput: () => { stop(); seek(Number($.time.value)); } })),
        keep("clock", make("output", { for: "time", id: "clock" }))),
      keep("film", make("div", { class: "scroll" })), keep("filmwhy", make("p", { class: "quiet" })),
      make("div", { class: "scroll" }, keep("filmtable", make("table", { id: "film-table" }))),
      keep("filmsum", make("p", { id: "film-sum" })))),
    make("h2", {}, T("page.full")), make("p", { class: "quiet" }, T("page.full.why")),
    make("div", { class: "buttons" },
      keep("full", make("button", { type: "button", class: "main", id: "full", onclick: () => { $.full.disabled = true; send({ do: "full" }); } },
        T("page.full.run", { replications: hello.run }))),
      keep("progress", make("span", { hidden: "" }, keep("bar", make("progress", { value: 0, max: 1 })), " ", keep("running", make("span", { "aria-live": "polite" }))))),
    keep("old", make("p", { class: "quiet", hidden: "" }, T("page.full.old"))),
    keep("result", make("div", { id: "result" })),
    make("h2", {}, T("page.keep")),
    make("form", { class: "buttons", id: "save", onsubmit: (event) => { event.preventDefault(); send({ do: "save", name: $.name.value }); } },
      make("label", { for: "name" }, T("page.save.name", { file: hello.file })),
      keep("name", make("input", { type: "text", id: "name", value: hello.suggestion })),
      make("button", { type: "submit" }, T("page.save"))),
    make("p", { class: "quiet" }, T("page.save.why")),
    make("div", { class: "buttons" },
      keep("xlsx", make("button", { type: "button", id: "xlsx", disabled: true, onclick: () => send({ do: "xlsx" }) }, T("page.xlsx"))),
      keep("report", make("button", { type: "button", id: "report", disabled: true,
        onclick: () => { $.report.disabled = true; say(T("page.report.made")); send({ do: "report" }); } }, T("page.report")))),
    keep("said", make("p", { class: "said", role: "status", id: "said", hidden: "" })));

  keep("root", make("div", { class: "page", id: "funnelsim", lang: hello.language },
    make("header", {}, make("h1", {}, hello.title), make("p", { class: "lead" }, T("page.lead"))),
    make("main", { class: "columns" }, left, right)));
  document.documentElement.lang = hello.language;
  if (document.head.querySelector("meta[name=viewport]") === null) {
    document.head.append(make("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }));
  }
  model.on("msg:custom", (event) => {
    const card = event.what === undefined ? event.data : event;
    (draw[card.what] ?? (() => {}))(card);
  });
  setTimeout(() => send({ do: "look" }));
  return $.root;
}

export function render({ model }) {
  return build(model, model.hello);
}
