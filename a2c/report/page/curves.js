// Interactive learning curves by uPlot: a line for each setting, and its band as one closed polygon for each stretch without
// missing values.
const explore = holder => {
  const place = holder.querySelector(".plot");
  const offered = holder.querySelector("[data-settings]");
  const values = holder.querySelector("[data-values]");
  const environments = JSON.parse(document.getElementById("data").textContent).environments;
  const log = {x: false, y: false};
  const off = new Set();
  const compact = new Intl.NumberFormat("en", {notation: "compact"});
  const steps = step => compact.format(step).replace("K", "k");
  const short = value => value === null ? "–" : String(Number(value.toPrecision(4)));
  let [chosen, plot] = [0, null];

  const shownCurves = () => environments[chosen].curves.filter(curve => !off.has(curve.label));

  // Points of a polygon in pixels: along the upper edge, and back along the lower one.
  const polygon = (plot, band) => {
    const point = edge => (value, i) => [plot.valToPos(environments[chosen].step[band.first + i], "x", true), plot.valToPos(edge(value), "y", true)];
    const edge = value => log.y ? Math.max(value, plot.scales.y.min / 1e3) : value;
    return [...band.high.map(point(edge)), ...band.low.map(point(edge)).reverse()];
  };

  const drawBands = plot => {
    const {ctx, bbox} = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const curve of shownCurves())
      for (const band of curve.bands) {
        ctx.beginPath();
        for (const [x, y] of polygon(plot, band)) ctx.lineTo(x, y);
        ctx.closePath();
        ctx.globalAlpha = 0.15;
        ctx.fillStyle = ctx.strokeStyle = curve.color;
        ctx.fill();
        if (band.low.length === 1) ctx.stroke();
      }
    ctx.restore();
    drawSolved(plot);
  };

  const drawSolved = plot => {
    const {solved} = environments[chosen];
    if (solved === null || solved < plot.scales.y.min || solved > plot.scales.y.max) return;
    const {ctx, bbox} = plot;
    const y = plot.valToPos(solved, "y", true);
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = getComputedStyle(document.body).color;
    ctx.setLineDash([3, 3]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.textAlign = "right";
    ctx.fillText("solved", bbox.left + bbox.width - 4, y - 4);
    ctx.restore();
  };

  const tell = plot => {
    const at = plot.cursor.idx;
    if (at === null || at === undefined) return;
    const words = shownCurves().map(curve => {
      const band = curve.bands.find(one => at >= one.first && at < one.first + one.low.length);
      const interval = band ? ` [${short(band.low[at - band.first])}, ${short(band.high[at - band.first])}]` : "";
      return `${curve.label}: ${short(curve.mean[at])}${interval}`;
    });
    values.textContent = `At ${environments[chosen].step[at].toLocaleString("en")} agent steps: ${words.join("; ")}`;
  };

  const draw = () => {
    const {name, step, solved, positive, curves: all} = environments[chosen];
    const curves = shownCurves();
    const style = getComputedStyle(document.body);
    const isLog = log.y && positive;
    const returns = [...(curves.length ? curves : all).flatMap(curve => curve.mean), solved].filter(value => value !== null);
    const [low, high] = [Math.min(...returns), Math.max(...returns)].map(value => isLog ? Math.log10(value) : value);
    const margin = 0.07 * (high - low) || 1;
    const range = [low - margin, high + margin].map(value => isLog ? 10 ** value : value);
    const axis = {stroke: style.color, font: `12px ${style.fontFamily}`, labelFont: `13px ${style.fontFamily}`,
      grid: {stroke: "rgba(128,128,128,.25)", width: 1}, ticks: {stroke: "rgba(128,128,128,.5)", width: 1}};
    holder.querySelector("[data-axis=y]").disabled = !positive;
    plot?.destroy();
    plot = new uPlot({
      title: name, width: place.clientWidth, height: place.clientHeight - 30, legend: {show: false},
      cursor: {drag: {x: true, y: true, uni: 20}},
      scales: {x: {time: false, distr: log.x ? 3 : 1, range: (_, min, max) => [min, max]}, y: {distr: isLog ? 3 : 1, range: () => range}},
      axes: [{...axis, label: "agent steps", values: (_, ticks) => ticks.map(tick => tick === null ? "" : steps(tick))},
        {...axis, label: "return (reward per episode)", size: 60, values: (_, ticks) => ticks.map(tick => tick === null ? "" : short(tick))}],
      series: [{}, ...curves.map(curve => ({label: curve.label, stroke: curve.color, width: 2, dash: curve.dash, points: {show: false}}))],
      hooks: {drawAxes: [drawBands], setCursor: [tell]},
    }, [step, ...curves.map(curve => curve.mean)], place);
    values.textContent = "";
  };

  const offer = () => {
    const curves = environments[chosen].curves;
    offered.parentElement.hidden = curves.length < 2;
    offered.replaceChildren(...curves.map(curve => {
      const label = document.createElement("label");
      label.innerHTML = '<input type="checkbox"> <svg aria-hidden="true" viewBox="0 0 32 10"><line x1="0" y1="5" x2="32" y2="5" stroke-width="2.5"/></svg> ';
      const [box, line] = [label.querySelector("input"), label.querySelector("line")];
      line.setAttribute("stroke", curve.color);
      line.setAttribute("stroke-dasharray", curve.dash.join(" "));
      label.append(curve.label);
      box.checked = !off.has(curve.label);
      box.addEventListener("change", () => { off[box.checked ? "delete" : "add"](curve.label); draw(); });
      return label;
    }));
  };

  for (const button of holder.querySelectorAll("[data-every]"))
    button.addEventListener("click", () => {
      for (const {label} of environments[chosen].curves) off[button.dataset.every === "on" ? "delete" : "add"](label);
      offer();
      draw();
    });
  for (const button of holder.querySelectorAll("[data-axis]"))
    button.addEventListener("click", () => {
      const axis = button.dataset.axis;
      log[axis] = !log[axis];
      button.setAttribute("aria-pressed", log[axis]);
      draw();
    });
  holder.querySelector("select")?.addEventListener("change", event => { chosen = Number(event.target.value); offer(); draw(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { if (plot) draw(); });
  offer();
  holder.hidden = false;
  new ResizeObserver(() => { if (plot) plot.setSize({width: place.clientWidth, height: place.clientHeight - 30}); }).observe(place);
  const near = new IntersectionObserver(entries => {
    if (!entries.some(entry => entry.isIntersecting)) return;
    near.disconnect();
    if (!plot) draw();
  }, {rootMargin: "50%"});
  near.observe(place);
};
document.querySelectorAll(".interactive").forEach(explore);
