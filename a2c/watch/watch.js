// The page of `a2c watch`: fetches the list of seed blocks every two seconds, and the curves of those that have changed.
{
  const EVERY = 2000; // milliseconds between two updates
  const LINES = 200; // runs drawn at most
  const POINTS = 100; // of a curve
  const COLORS = ["#0173b2", "#b3231b", "#21ac03", "#650d50", "#d27c8a", "#2a05bf", "#84586f"];
  const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3], [4, 2], [14, 4]];
  const at = id => document.getElementById(id);
  const make = (tag, text = "", properties = {}) => Object.assign(document.createElement(tag), {textContent: text, ...properties});
  const shown = value => typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);

  let blocks = [];
  const curves = new Map(); // id of a block: its version, and the curve of each seed
  const off = new Set(); // runs that are not drawn
  const pair = {a: null, b: null}; // runs that are compared
  const plots = {};

  // ---------------------------------------------------------------------------------------------------------- runs

  const runs = () => blocks.flatMap(block => block.seeds.map(seed => ({
    key: `${block.id}/${seed}`, block, seed,
    fields: {...block.fields, seed, state: block.state, folder: block.folder},
    curve: curves.get(block.id)?.seeds[seed] ?? [],
  })));

  const varying = all => {
    const names = Object.keys(all[0]?.fields ?? {});
    return names.filter(name => new Set(all.map(run => shown(run.fields[name]))).size > 1);
  };

  const OPERATORS = {
    "=": (a, b) => a === b, "!=": (a, b) => a !== b,
    "<=": (a, b) => a <= b, ">=": (a, b) => a >= b, "<": (a, b) => a < b, ">": (a, b) => a > b,
  };

  // The conditions of a filter. An Error says what is wrong.
  const conditions = (text, names) => text.split(/\s+/).filter(Boolean).map(word => {
    const parts = word.match(/^(\w+)(!=|<=|>=|=|<|>)(.+)$/);
    if (!parts) throw new Error(`${word}: not a condition; allowed: FIELD=VALUE, with = != < <= > or >=`);
    const [, name, operator, value] = parts;
    if (!names.includes(name)) throw new Error(`${name}: no such field; allowed: ${names.join(", ")}`);
    return run => {
      const own = run.fields[name];
      const isNumber = typeof own === "number" && !Number.isNaN(Number(value));
      return OPERATORS[operator](isNumber ? own : shown(own), isNumber ? Number(value) : value);
    };
  });

  const filtered = all => {
    const names = [...new Set(all.flatMap(run => Object.keys(run.fields)))];
    at("problem").textContent = "";
    try {
      const holds = conditions(at("filter").value, names);
      return all.filter(run => holds.every(one => one(run)));
    } catch (error) {
      at("problem").textContent = error.message;
      return all;
    }
  };

  // --------------------------------------------------------------------------------------------------------- curves

  const meanOf = some => Array.from({length: POINTS}, (_, point) => {
    const values = some.map(run => run.curve[point]).filter(value => value !== null && value !== undefined);
    return values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : null;
  });

  // Runs that differ in nothing but the seed, as one line each if means are wanted.
  const lines = drawn => {
    if (!at("mean").checked) return drawn;
    const groups = Map.groupBy(drawn, run => shown(run.block.fields));
    return [...groups.values()].map(group => ({...group[0], curve: meanOf(group)}));
  };

  const look = index => ({stroke: COLORS[index % COLORS.length], dash: DASHES[Math.floor(index / COLORS.length) % DASHES.length]});

  // Columns for uPlot: the agent steps of all budgets, and the values of each line there.
  const columns = drawn => {
    const steps = [...new Set(drawn.flatMap(run => grid(run)))].sort((one, other) => one - other);
    return [steps, ...drawn.map(run => {
      const known = new Map(grid(run).map((step, point) => [step, run.curve[point] ?? null]));
      return steps.map(step => known.has(step) ? known.get(step) : undefined);
    })];
  };
  const grid = run => Array.from({length: POINTS}, (_, point) => Math.floor((point + 1) * run.block.total_steps / POINTS));

  const plot = (place, drawn, looks, title, range) => {
    const style = getComputedStyle(document.body);
    const axis = {stroke: style.color, grid: {stroke: "rgba(128,128,128,.25)", width: 1}};
    plots[place]?.destroy();
    plots[place] = new uPlot({
      title, width: at(place).clientWidth, height: 340, legend: {show: false},
      scales: {x: {time: false}, ...(range ? {y: {range: () => range}} : {})},
      axes: [{...axis, label: "agent steps"}, {...axis, label: "return (mean of the last 5 %)", size: 60}],
      series: [{}, ...drawn.map((run, number) => ({width: 1.5, points: {show: false}, spanGaps: false, ...looks[number]}))],
    }, columns(drawn), at(place));
  };

  // ----------------------------------------------------------------------------------------------------------- page

  const drawCurves = (chosen, all) => {
    const name = at("color").value;
    const values = [...new Set(all.map(run => shown(run.fields[name])))];
    const drawn = lines(chosen.filter(run => !off.has(run.key))).slice(0, LINES);
    const looks = drawn.map(run => look(values.indexOf(shown(run.fields[name]))));
    plot("plot", drawn, looks, "", null);
    const present = new Set(drawn.map(run => shown(run.fields[name])));
    at("legend").replaceChildren(...values.filter(value => present.has(value)).map(value => {
      const item = make("li");
      const {stroke, dash} = look(values.indexOf(value));
      const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      const line = document.createElementNS(svg.namespaceURI, "line");
      svg.setAttribute("viewBox", "0 0 40 10");
      for (const [key, set] of Object.entries({x1: 0, x2: 40, y1: 5, y2: 5, stroke, "stroke-width": 3, "stroke-dasharray": dash.join(" ")})) line.setAttribute(key, set);
      svg.append(line);
      item.append(svg, ` ${name} ${value}`);
      return item;
    }));
  };

  const box = (kind, label, checked, change) => {
    const input = make("input", "", {type: kind, checked, ariaLabel: label});
    input.addEventListener("change", () => change(input.checked));
    return input;
  };
  const cell = (content, kind = "td") => { const made = make(kind); made.append(content); return made; };

  const drawTable = (chosen, names) => {
    const heads = ["show", "A", "B", ...names, "agent steps", "return now"];
    at("runs").tHead.replaceChildren(make("tr"));
    at("runs").tHead.rows[0].append(...heads.map(head => make("th", head, {scope: "col"})));
    at("runs").tBodies[0].replaceChildren(...chosen.map(run => {
      const row = make("tr");
      const label = names.map(name => `${name} ${shown(run.fields[name])}`).join(", ");
      const last = run.curve.findLast(value => value !== null);
      row.append(
        cell(box("checkbox", `show ${label}`, !off.has(run.key), checked => { off[checked ? "delete" : "add"](run.key); draw(); })),
        ...["a", "b"].map(side => cell(Object.assign(
          box("radio", `${side.toUpperCase()}: ${label}`, pair[side] === run.key, () => { pair[side] = run.key; draw(); }), {name: side}))),
        ...names.map(name => make("td", shown(run.fields[name]))),
        make("td", `${run.block.steps.toLocaleString("en")} of ${run.block.total_steps.toLocaleString("en")}`, {className: "number"}),
        make("td", last === undefined ? "–" : String(last), {className: "number"}),
      );
      return row;
    }));
  };

  const drawPair = all => {
    const [a, b] = ["a", "b"].map(side => all.find(run => run.key === pair[side]));
    at("comparison").hidden = !a || !b;
    if (!a || !b) return;
    const returns = [...a.curve, ...b.curve].filter(value => value !== null);
    const [low, high] = returns.length ? [Math.min(...returns), Math.max(...returns)] : [0, 1];
    const margin = 0.05 * (high - low) || 1;
    for (const [place, run, title] of [["plot-a", a, "A"], ["plot-b", b, "B"]])
      plot(place, [run], [look(title === "A" ? 0 : 1)], `${title}: seed ${run.seed}`, [low - margin, high + margin]);
    at("fields").tHead.replaceChildren(make("tr"));
    at("fields").tHead.rows[0].append(...["", "field", "A", "B"].map(head => make("th", head, {scope: "col"})));
    at("fields").tBodies[0].replaceChildren(...Object.keys({...a.fields, ...b.fields}).map(name => {
      const values = [a, b].map(run => name in run.fields ? shown(run.fields[name]) : "–");
      const differs = values[0] !== values[1];
      const row = make("tr", "", {className: differs ? "differs" : ""});
      row.append(make("td", differs ? "≠" : ""), make("th", name, {scope: "row"}), ...values.map(value => make("td", value)));
      return row;
    }));
  };

  const offerColors = names => {
    const select = at("color");
    if (shown([...select.options].map(option => option.value)) === shown(names)) return;
    const before = select.value;
    select.replaceChildren(...names.map(name => make("option", name, {value: name})));
    select.value = names.includes(before) ? before : names[0];
  };

  const draw = () => {
    const all = runs();
    const focused = document.activeElement?.ariaLabel;
    const names = varying(all);
    if (!names.length) names.push("seed");
    offerColors(names);
    const chosen = filtered(all);
    drawCurves(chosen, all);
    drawTable(chosen, names);
    if (focused) [...at("runs").querySelectorAll("input")].find(input => input.ariaLabel === focused)?.focus();
    drawPair(all);
    const counts = ["running", "finished", "stopped"].map(state => `${all.filter(run => run.block.state === state).length} ${state}`);
    const hidden = chosen.length > LINES ? `; at most ${LINES} are drawn` : "";
    at("state").textContent = `${all.length} runs (${counts.join(", ")}), ${chosen.length} of them here${hidden}. Updated ${new Date().toLocaleTimeString()}.`;
    const damaged = blocks.filter(block => block.state === "damaged").map(block => block.problem);
    if (damaged.length && !at("problem").textContent) at("problem").textContent = damaged.join("; ");
  };

  // --------------------------------------------------------------------------------------------------------- update

  const update = async () => {
    const answer = await fetch("/blocks.json");
    blocks = await answer.json();
    let changed = false;
    for (const block of blocks.filter(one => one.state !== "damaged" && curves.get(one.id)?.version !== one.version)) {
      const found = await fetch(`/curves/${block.id}.json`);
      if (found.ok) curves.set(block.id, {version: block.version, seeds: await found.json()});
      changed = true;
    }
    return changed;
  };

  let before = "";
  const repeat = async () => {
    try {
      const changed = await update();
      const now = shown(blocks);
      if (changed || now !== before) draw();
      before = now;
    } catch (error) {
      at("problem").textContent = `a2c watch does not answer: ${error.message}`;
    }
    setTimeout(repeat, EVERY);
  };

  for (const id of ["filter", "color", "mean"]) at(id).addEventListener("input", draw);
  at("controls").addEventListener("submit", event => event.preventDefault());
  for (const button of document.querySelectorAll("[data-every]"))
    button.addEventListener("click", () => {
      for (const run of filtered(runs())) off[button.dataset.every === "on" ? "delete" : "add"](run.key);
      draw();
    });
  addEventListener("resize", draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  repeat();
}
