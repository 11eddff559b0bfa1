"use strict";
const swatch = document.getElementById("setting-swatch").content;
const dashes = {solid: "", dash: "9 9", dot: "3 3", dashdot: "9 3 3 3", longdash: "15 15"};
const log2and5 = span => span < 1 ? undefined : span < 4 ? "D2" : 1;
for (const holder of document.querySelectorAll(".interactive")) {
  const plot = holder.querySelector(".plot");
  const offered = holder.querySelector("[data-settings]");
  const shown = JSON.parse(holder.querySelector("script").textContent).environments;
  const axes = {x: "linear", y: "linear"};
  const off = new Set();
  let chosen = 0;
  const traces = curves => curves.flatMap(curve => {
    const band = {x: curve.step, legendgroup: curve.label, showlegend: false, hoverinfo: "skip", mode: "lines", line: {width: 0}};
    const values = curve.mean.map((_, i) => [curve.low[i], curve.high[i]]);
    const known = curve.low.some(value => value !== null);
    const mean = {x: curve.step, y: curve.mean, customdata: values, name: curve.label, legendgroup: curve.label, mode: "lines",
      line: {color: curve.color, dash: curve.dash, width: 2}, connectgaps: false,
      hovertemplate: "%{y:.4~g}" + (known ? " [%{customdata[0]:.4~g}, %{customdata[1]:.4~g}]" : "")};
    return known ? [{...band, y: curve.low}, {...band, y: curve.high, fill: "tonexty", fillcolor: curve.color + "26"}, mean] : [mean];
  });
  const draw = () => {
    const {name, solved, positive, curves: all} = shown[chosen];
    const curves = all.filter(curve => !off.has(curve.label));
    const style = getComputedStyle(document.body);
    const framed = curves.length ? curves : all;
    const returns = [...framed.flatMap(curve => curve.mean), solved].filter(value => value !== null);
    const steps = framed.flatMap(curve => curve.step);
    const log = positive && axes.y === "log";
    const [low, high] = [Math.min(...returns), Math.max(...returns)].map(value => log ? Math.log10(value) : value);
    const margin = 0.07 * (high - low) || 1;
    const axis = {gridcolor: "rgba(128,128,128,.25)", zeroline: false, automargin: true};
    holder.querySelector("[data-axis=y]").disabled = !positive;
    const level = solved === null ? [] : [{type: "line", xref: "paper", x0: 0, x1: 1, y0: solved, y1: solved,
      line: {dash: "dot", width: 1.5, color: style.color}, label: {text: "solved", textposition: "end", yanchor: "top", font: {color: style.color}}}];
    Plotly.react(plot, traces(curves), {
      font: {color: style.color, family: style.fontFamily, size: 13}, paper_bgcolor: "transparent", plot_bgcolor: "transparent",
      title: {text: name, font: {size: 14}, x: 0.01, xanchor: "left"}, modebar: {bgcolor: "transparent", color: style.color}, margin: {l: 60, r: 15, t: 40, b: 60}, shapes: level, showlegend: false,
      hovermode: curves.length > 8 ? "closest" : "x unified", hoverlabel: {bgcolor: style.backgroundColor, font: {color: style.color}},
      xaxis: {...axis, type: axes.x, ...(axes.x === "log" && {dtick: log2and5(Math.log10(Math.max(...steps) / Math.min(...steps)))}), title: {text: "agent steps", standoff: 10}, tickformat: "~s", hoverformat: ","},
      yaxis: {...axis, type: log ? "log" : "linear", ...(log && {dtick: log2and5(high - low), tickformat: "~g"}), range: [low - margin, high + margin], title: {text: "return (reward per episode)", standoff: 10}},
    }, {responsive: true, displaylogo: false, modeBarButtons: [["zoom2d", "pan2d", "resetScale2d", download]]});
  };
  // On the page the boxes above the plot name the settings; a downloaded picture needs a legend.
  const download = {name: "picture", title: "Download as PNG", icon: Plotly.Icons.camera, click: () => Plotly.downloadImage(
    {data: plot.data, layout: {...plot.layout, showlegend: true}}, {format: "png", width: 1000, height: 600, filename: plot.id})};
  const offer = () => {
    const curves = shown[chosen].curves;
    offered.parentElement.hidden = curves.length < 2;
    offered.replaceChildren(...curves.map(curve => {
      const label = swatch.cloneNode(true).firstElementChild;
      const [box, line] = [label.querySelector("input"), label.querySelector("line")];
      line.setAttribute("stroke", curve.color);
      line.setAttribute("stroke-dasharray", dashes[curve.dash]);
      label.append(curve.label);
      box.checked = !off.has(curve.label);
      box.addEventListener("change", () => { off[box.checked ? "delete" : "add"](curve.label); draw(); });
      return label;
    }));
  };
  for (const button of holder.querySelectorAll("[data-every]"))
    button.addEventListener("click", () => {
      for (const {label} of shown[chosen].curves) off[button.dataset.every === "on" ? "delete" : "add"](label);
      offer();
      draw();
    });
  for (const button of holder.querySelectorAll("[data-axis]"))
    button.addEventListener("click", () => {
      const axis = button.dataset.axis;
      axes[axis] = axes[axis] === "log" ? "linear" : "log";
      button.setAttribute("aria-pressed", axes[axis] === "log");
      draw();
    });
  holder.querySelector("select")?.addEventListener("change", event => { chosen = Number(event.target.value); offer(); draw(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { if (plot.data) draw(); });
  offer();
  holder.hidden = false;
  const near = new IntersectionObserver(entries => {
    if (!entries.some(entry => entry.isIntersecting)) return;
    near.disconnect();
    if (!plot.data) draw();
  }, {rootMargin: "50%"});
  near.observe(plot);
}

const table = document.querySelector(".claims");
if (table) {
  const filters = document.querySelectorAll("[data-verdict]");
  const status = document.getElementById("verdicts-shown");
  const everything = status.textContent;
  const show = kind => {
    for (const button of filters) button.setAttribute("aria-pressed", button.dataset.verdict === kind);
    for (const test of table.querySelectorAll(".test")) test.hidden = kind && !test.classList.contains(kind + "-test");
    for (const body of table.tBodies) body.hidden = !body.querySelector(".test:not([hidden])");
    const count = selector => table.querySelectorAll(selector).length;
    status.textContent = kind ? `${count("tbody:not([hidden])")} of ${everything.split(", ")[0]}, ${count(".test:not([hidden])")} of ${everything.split(", ")[1]}` : everything;
  };
  for (const button of filters) button.addEventListener("click", () => show(button.dataset.verdict));
  filters[0].parentElement.hidden = false;
  // A link may lead to a test that the filter hides.
  document.addEventListener("click", event => {
    const link = event.target.closest("a[href^='#claim-']");
    if (link && document.getElementById(link.hash.slice(1)).hidden) show("");
  });
}

// Films play on request only.
for (const film of document.querySelectorAll("[data-film]")) {
  const [image, button] = [film.querySelector("img"), film.querySelector("button")];
  const still = image.src;
  button.addEventListener("click", () => {
    const plays = image.src !== still;
    image.src = plays ? still : film.dataset.film;
    button.textContent = plays ? "Play" : "Stop";
    button.ariaLabel = button.ariaLabel.replace(/^\w+/, button.textContent);
  });
  button.parentElement.hidden = false;
}

addEventListener("beforeprint", () => {
  for (const closed of document.querySelectorAll("details:not([open])")) { closed.open = true; closed.dataset.closed = ""; }
});
addEventListener("afterprint", () => {
  for (const opened of document.querySelectorAll("[data-closed]")) { opened.open = false; delete opened.dataset.closed; }
});
