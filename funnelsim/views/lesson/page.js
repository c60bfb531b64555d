"use strict";
// The page: controls on the left hand, the funnel redrawn at once. Every word comes from the material's catalogue.

const material = prepare(JSON.parse(document.getElementById("material").textContent));
const texts = material.texts;
const whole = new Intl.NumberFormat(material.language, { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat(material.language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const people = (share) => {
  const number = share * material.per;
  return (Math.abs(number) >= 10 || Math.abs(number) < 0.05 ? whole : tenths).format(number === 0 ? 0 : number);
};
const sign = material.language === "ru" ? "\u00a0%" : "%";
const percent = (share) => tenths.format(100 * share) + sign;
const money = (amount) => (whole.format(amount) + "\u00a0" + material.currency).trim();
const fill = (key, values) => texts[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
const controls = asItIs(material);
const base = evaluate(material, controls);

/** Make an element with attributes and children (texts are texts, never markup). */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

const rows = material.stages.map((stage, number) => {
  const id = `stage-${number}`;
  const box = make("input", { type: "checkbox", id, checked: "", onchange: () => {
    controls.dropped[number] = !box.checked;
    draw();
  } });
  if (stage.why) box.disabled = true;
  const passed = make("span", { class: "bar passed" });
  const lost = make("span", { class: "bar lost" });
  const numbers = make("span", { class: "numbers" });
  const row = make("li", { class: "stage" },
    make("label", { for: id }, box, make("span", { class: "name" }, stage.label)),
    make("span", { class: "track", "aria-hidden": "true" }, passed, lost),
    numbers);
  if (stage.why) {
    row.append(make("span", { class: "why", id: `${id}-why` }, stage.why));
    box.setAttribute("aria-describedby", `${id}-why`);
  }
  document.getElementById("stages").append(row);
  return { row, box, passed, lost, numbers };
});

/** Add a slider to the page; change(value) is called when it moves. */
function addSlider(id, label, steps, start, show, change) {
  const output = make("output", { for: id }, show(start));
  const slider = make("input", { type: "range", id, min: 0, max: steps, step: 1, value: start, oninput: () => {
    const value = Number(slider.value);
    output.textContent = show(value);
    slider.setAttribute("aria-valuetext", show(value));
    change(value);
    draw();
  } });
  slider.setAttribute("aria-valuetext", show(start));
  document.getElementById("sliders").append(make("div", { class: "slider" }, make("label", { for: id }, label), slider, output));
  return { slider, output, reset: () => { slider.value = start; output.textContent = show(start); } };
}

const sliders = material.sliders.map((cause) =>
  addSlider(`cause-${cause}`, material.causes[cause].label, 20, 10, (value) => `${10 * value}${sign}`, (value) => {
    controls.factors[cause] = value / 10;
  }));
if (material.levels.length > 1) {
  sliders.push(addSlider("reply", texts["lesson.reply"], material.levels.length - 1, controls.level,
    (value) => `× ${material.levels[value]}`, (value) => { controls.level = value; }));
}
document.getElementById("reset").addEventListener("click", () => {
  Object.assign(controls, asItIs(material));
  rows.forEach(({ box }) => { box.checked = true; });
  sliders.forEach((one) => one.reset());
  draw();
});

/** Redraw all that depends on the controls. */
function draw() {
  const now = evaluate(material, controls);
  const most = Math.max(...base.visits, ...now.visits);
  rows.forEach(({ row, passed, lost, numbers }, stage) => {
    const dropped = controls.dropped[stage];
    row.classList.toggle("dropped", dropped);
    passed.style.width = `${(100 * now.completed[stage]) / most}%`;
    lost.style.width = `${(100 * (now.visits[stage] - now.completed[stage])) / most}%`;
    numbers.textContent = dropped ? texts["lesson.dropped"] : fill("lesson.numbers", {
      visits: people(now.visits[stage]),
      share: percent(now.visits[stage] > 0 ? now.completed[stage] / now.visits[stage] : 1),
      lost: people(now.visits[stage] - now.completed[stage]),
    });
  });
  document.getElementById("answer").textContent = fill("lesson.answer", {
    per: whole.format(material.per), won: people(now.conversion), base: people(base.conversion),
  });
  const times = base.conversion > 0 ? now.conversion / base.conversion : NaN;
  document.getElementById("revenue").textContent = fill("lesson.revenue", {
    revenue: money(material.per * now.revenue), base: money(material.per * base.revenue),
    times: Number.isFinite(times) ? `× ${new Intl.NumberFormat(material.language, { maximumFractionDigits: 2 }).format(times)}` : "–",
  });
  drawFormula(now);
  drawFollowed(now);
}

/** Write the product: a factor for each stage, 1 for those that are dropped. */
function drawFormula(now) {
  const line = document.getElementById("formula");
  line.replaceChildren(make("span", {}, whole.format(material.per)));
  material.stages.forEach((stage, number) => {
    const dropped = controls.dropped[number];
    const share = now.visits[number] > 0 ? now.completed[number] / now.visits[number] : 1;
    line.append(" × ", make("span", { class: dropped ? "factor one" : "factor", title: stage.label },
      dropped ? "1" : percent(share), make("small", {}, stage.label)));
  });
  if (material.linear) line.append(" = ", make("strong", {}, people(now.completed[material.stages.length - 1])));
}

/** Say where those ended who are no longer lost where they were. */
function drawFollowed(now) {
  const { saved, bought, elsewhere } = follow(base, now);
  const list = document.getElementById("elsewhere");
  list.replaceChildren();
  const sentence = document.getElementById("followed");
  if (saved < 1e-6 && Math.abs(bought) < 1e-9) {
    sentence.textContent = texts["lesson.unchanged"];
    return;
  }
  sentence.textContent = fill("lesson.followed", { saved: people(saved), bought: people(bought) });
  for (const [stage, cause, number] of elsewhere.slice(0, 8)) {
    const share = Math.min(1, number / Math.max(saved, 1e-12));
    list.append(make("li", {},
      make("span", { class: "name" }, `${material.stages[stage].label} · ${material.causes[cause].label}`),
      make("span", { class: "meter", "aria-hidden": "true" }, Object.assign(make("span", { class: "bar lost" }), { style: `width:${100 * share}%` })),
      make("span", { class: "numbers" }, `+${people(number)}`)));
  }
}

/** Ask the questions; each answer says whether it is right, and why. */
material.quiz.forEach((question, number) => {
  const verdict = make("p", { class: "verdict", role: "status" });
  const choices = question.choices.map((choice, place) =>
    make("button", { type: "button", onclick: (event) => {
      for (const button of event.target.parentElement.children) button.classList.remove("right", "wrong");
      const right = place === question.right;
      event.target.classList.add(right ? "right" : "wrong");
      verdict.textContent = `${right ? texts["lesson.right"] : texts["lesson.wrong"]} ${right ? question.because : ""}`;
    } }, choice));
  document.getElementById("quiz").append(make("fieldset", {}, make("legend", {}, `${number + 1}. ${question.text}`),
    make("div", { class: "choices" }, ...choices), verdict));
});
draw();
