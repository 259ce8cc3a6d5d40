// What charts need on the page: a run is here as a whole, and shown up to the month that was chosen.
window.cx = {
  ids: {}, // name of a chart -> number of its element
  x: [], // months at which periods end
  now: 0, // the last month shown
  charts: {}, // name -> {y: ends of its axis and its step, rows: {series: numbers}}
  waiting: {}, // name of a chart -> ends waiting for it to be there, or in view
  firms: {}, // name -> what became of its silos, month by month
  crowds: {}, // name -> {places, numbers, codes: one text for each month}
  books: null, // what each account adds to B's profit beyond A's, month by month
  states: [],
  clock: null, // identifier of the text that says the month
  drawing: null, // ends drawing by hand, while that is possible
  silent: false, // no readings and no tooltips, while a class predicts

  start(said) {
    Object.assign(this, said);
    for (const name in this.charts) this.draw(name);
    for (const name in this.crowds) this.gather(name);
    for (const name in this.firms) this.ring(name);
    this.fall();
    document.getElementById(this.clock).textContent = this.when();
  },
  chart(name) {
    return getElement(this.ids[name])?.chart;
  },
  put(parts) {
    for (const [name, part] of Object.entries(parts)) {
      const own = (this.charts[name] ??= { y: null, rows: {} });
      const before = String(own.y), changed = Object.keys(part.rows);
      own.y = part.y ?? own.y;
      Object.assign(own.rows, part.rows);
      const only = String(own.y) === before && changed.every((id) => /^[abd]$/.test(id));
      if (only && own.inked) this.ink(name);
      else this.draw(name, changed);
    }
  },
  month(now) {
    if (now === this.now) return;
    this.now = now;
    for (const name in this.charts) this.draw(name);
    for (const name in this.crowds) this.gather(name);
    for (const name in this.firms) this.ring(name);
    this.fall();
    document.getElementById(this.clock).textContent = this.when();
  },
  when() {
    return this.now ? `Month ${this.now} of ${this.x.at(-1)}` : "The opening";
  },
  seen(name, again, empty) { // the chart, where it is in view or to be emptied; `again` is done once it is
    this.waiting[name]?.();
    delete this.waiting[name];
    const chart = this.chart(name);
    if (chart && chart.settled == null) { // it is still given its first options once more, which would empty it
      chart.settled = false;
      setTimeout(() => { chart.settled = true; }, 20);
    }
    if (!chart?.settled) { // not there yet
      const later = setTimeout(again, 30);
      this.waiting[name] = () => clearTimeout(later);
      return null;
    }
    const place = chart.getDom(), box = place.getBoundingClientRect();
    if (empty || (box.width && box.bottom > 0 && box.top < innerHeight)) return chart;
    const eye = new IntersectionObserver((told) => told.some((one) => one.isIntersecting) && again());
    eye.observe(place);
    this.waiting[name] = () => eye.disconnect();
    return null;
  },
  known(id, m) {
    return id === "guess" || m <= this.now;
  },
  draw(name, changed) { // the rows that changed, or all of them
    const own = this.charts[name], rows = own?.rows;
    if (!own) return; // there are other charts by now
    clearTimeout(own.later);
    const chart = this.seen(name, () => this.draw(name));
    own.inked = false;
    if (!chart) return;
    const options = getElement(this.ids[name]).options, there = (row) => row?.some((v) => v != null);
    const line = (id) => /^[abd]$/.test(id), bands = Object.keys(rows).filter((id) => id.startsWith("band"));
    own.inked = Boolean(changed?.some(line)) && !bands.some((id) => there(rows[id])); // it moves
    const data = (id) => (own.inked && line(id) ? [] : this.x.map((m, i) => [m, this.known(id, m) ? rows[id][i] : null]));
    const filled = options.series.filter(({ id }) => rows[id]?.some((v, i) => v != null && this.known(id, this.x[i])));
    const series = filled.map((one) => ({ ...one, data: data(one.id), ...(/^[ad]$/.test(one.id) && this.cursor()) }));
    chart.setOption({
      series, // fewer are quicker: those without data are left out
      title: { subtext: own.inked ? "" : this.reading(rows) },
      tooltip: { show: !this.silent },
      ...(own.y && { yAxis: { min: own.y[0], max: own.y[1], interval: own.y[2] } }),
    }, { replaceMerge: ["series"] }); // at once: put off to the next frame it takes half as long again
    this.ink(name);
  },
  ink(name) { // lines that move are drawn on a sheet above the chart, in a tenth of its time; it follows when they rest
    const own = this.charts[name], chart = this.chart(name), place = chart?.getDom();
    let sheet = place?.querySelector(".cx-sheet");
    if (!own.inked) return sheet?.remove();
    clearTimeout(own.later);
    own.later = setTimeout(() => this.draw(name), 1000);
    sheet ??= place.appendChild(Object.assign(document.createElement("canvas"), { className: "cx-sheet" }));
    const dots = devicePixelRatio, options = getElement(this.ids[name]).options, { title } = options;
    Object.assign(sheet, { width: chart.getWidth() * dots, height: chart.getHeight() * dots }); // which empties it
    const pen = sheet.getContext("2d"), font = options.textStyle.fontFamily;
    pen.scale(dots, dots);
    pen.textBaseline = "middle";
    const ends = [];
    for (const one of options.series.filter(({ id }) => /^[abd]$/.test(id) && own.rows[id])) {
      const at = this.stroke(pen, this.places(chart, own, one.id), one.lineStyle);
      if (at) ends.push({ x: at[0], y: at[1], ...one.endLabel });
    }
    ends.sort((one, other) => one.y - other.y);
    const apart = ends[1] ? Math.max(0, ends[0].fontSize + 2 - (ends[1].y - ends[0].y)) / 2 : 0;
    ends.forEach(({ x, y, distance, formatter, fontSize, color }, k) => {
      Object.assign(pen, { font: `bold ${fontSize}px ${font}`, fillStyle: color });
      pen.fillText(formatter, x + distance, y + (k ? apart : -apart));
    });
    const { fontSize, lineHeight, color } = title.subtextStyle;
    Object.assign(pen, { font: `${fontSize}px ${font}`, fillStyle: color });
    pen.fillText(this.reading(own.rows), title.left + 4, title.textStyle.lineHeight + lineHeight / 2);
  },
  places(chart, own, id) { // where a line goes, in pixels; null where there is nothing
    const [low, high] = own.y, last = this.x.at(-1), at = (point) => chart.convertToPixel({ gridIndex: 0 }, point);
    const [left, bottom] = at([0, low]), [right, top] = at([last, high]);
    return this.x.map((m, i) => {
      const value = this.known(id, m) ? own.rows[id][i] : null;
      if (value == null) return null;
      return [left + ((right - left) * m) / last, bottom + ((top - bottom) * (value - low)) / (high - low)];
    });
  },
  stroke(pen, places, { color, width, type }) { // draws a line; where it ends
    Object.assign(pen, { strokeStyle: color, lineWidth: width, lineJoin: "bevel" });
    pen.setLineDash(Array.isArray(type) ? type : []);
    pen.beginPath();
    places.forEach((place, i) => place && pen[places[i - 1] ? "lineTo" : "moveTo"](...place));
    pen.stroke();
    return places.findLast((place) => place);
  },
  cursor() {
    const lineStyle = { color: "#555", width: 1, type: "solid", opacity: this.now < this.x.at(-1) ? 0.6 : 0 };
    const label = { show: false };
    return { markLine: { silent: true, symbol: "none", label, lineStyle, data: [{ xAxis: this.now }] } };
  },
  at(row) { // the last value shown of a row
    for (let i = this.x.length - 1; i >= 0; i--) if (this.x[i] <= this.now && row?.[i] != null) return row[i];
    return null;
  },
  number(value) {
    if (value == null) return "\u2013";
    const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
    return value.toFixed(digits).replace("-", "\u2212");
  },
  reading(rows) {
    if (this.silent) return "";
    if ("d" in rows) {
      const d = this.at(rows.d);
      return `B\u2212A ${d > 0 ? "+" : ""}${this.number(d)}`;
    }
    return `A ${this.number(this.at(rows.a))}   B ${this.number(this.at(rows.b))}`;
  },
  tip(points) {
    const shown = points.filter((p) => !p.seriesId.startsWith("band") && p.value[1] != null);
    const rows = shown.map((p) => `${p.marker} ${this.named(p.seriesId)} ${this.number(p.value[1])}`);
    return rows.length ? [`Month ${points[0].value[0]}`, ...rows].join("<br>") : "";
  },
  named(id) {
    return id === "d" ? "B\u2212A" : id.replace(/\b[ab]$/, (letter) => letter.toUpperCase());
  },
  crowd(name, people) {
    this.crowds[name] = people;
    this.gather(name);
  },
  gather(name) {
    const { places, numbers, codes } = this.crowds[name];
    const chart = this.seen(name, () => this.gather(name), !numbers.length);
    if (!chart) return;
    const row = codes[Math.max(this.now, 1) - 1] ?? codes.at(-1);
    const series = this.states.map(({ id, title }, s) => {
      const data = places.flatMap(([x, y], k) => (row[k] == s ? [[x, y, numbers[k]]] : []));
      return { id, name: `${title} ${data.length}`, data };
    });
    chart.setOption({ series, legend: { show: numbers.length > 0 } }, { lazyUpdate: true }); // none of nobody
  },
  guess(name) { // a curve is drawn by hand on this chart, or on none
    this.drawing?.();
    this.drawing = null;
    for (const other in this.charts) this.put({ [other]: { rows: { guess: [] } } });
    if (name) this.hand(name);
  },
  hand(name) {
    const chart = this.chart(name), rows = this.charts[name]?.rows;
    if (!chart || !rows) { // not there yet
      const later = setTimeout(() => this.hand(name), 50);
      return (this.drawing = () => clearTimeout(later));
    }
    const zr = chart.getZr(), place = chart.getDom();
    place.style.touchAction = "none"; // a finger draws here, and does not scroll
    let before = null, held = null;
    const draw = ({ offsetX, offsetY }) => {
      const [x, y] = chart.convertFromPixel({ gridIndex: 0 }, [offsetX, offsetY]);
      const [low, high] = this.charts[name].y;
      const i = this.x.reduce((best, m, k) => (Math.abs(m - x) < Math.abs(this.x[best] - x) ? k : best), 0);
      const value = Math.min(Math.max(y, low), high), first = before?.[0] ?? i;
      if (!rows.guess?.length) rows.guess = this.x.map(() => null);
      for (let k = Math.min(i, first); k <= Math.max(i, first); k++) { // a quick hand skips some months
        const share = i === first ? 1 : (k - first) / (i - first);
        rows.guess[k] = (before?.[1] ?? value) * (1 - share) + value * share;
      }
      before = [i, value];
      this.draw(name, ["guess"]);
    };
    const down = (e) => {
      before = null;
      held = this.held(chart, rows.guess, e);
      on = true;
      if (held == null) draw(e);
    };
    const move = (e) => {
      if (on && held == null) draw(e);
      else if (on) this.drag(name, held, chart.convertFromPixel({ gridIndex: 0 }, [e.offsetX, e.offsetY])[1]);
    };
    const up = () => { if (on) getElement(this.ids[name]).$emit("guessed", rows.guess); on = false; };
    let on = false;
    const told = { mousedown: down, mousemove: move, mouseup: up, globalout: up };
    for (const [event, does] of Object.entries(told)) zr.on(event, does);
    this.drawing = () => {
      for (const [event, does] of Object.entries(told)) zr.off(event, does);
      place.style.touchAction = "";
    };
  },
  handle(month) { // whether a prediction can be dragged at this month
    return month % 12 === 0 || month === this.x.at(-1);
  },
  held(chart, guess, { offsetX, offsetY }) { // the place of the point that is taken hold of, if any
    const far = (i) => {
      const [x, y] = chart.convertToPixel({ gridIndex: 0 }, [this.x[i], guess[i]]);
      return Math.hypot(x - offsetX, y - offsetY);
    };
    const near = this.x.map((m, i) => i).filter((i) => this.handle(this.x[i]) && guess?.[i] != null && far(i) <= 20);
    return near.sort((i, j) => far(i) - far(j))[0];
  },
  drag(name, i, to) { // the points between it and the next ones go along, the nearer the more
    const { rows, y: [low, high] } = this.charts[name], { x } = this, old = rows.guess;
    const by = Math.min(Math.max(to, low), high) - old[i];
    const before = x.findLast((m, k) => k < i && this.handle(m)) ?? 0, after = x.find((m, k) => k > i && this.handle(m));
    const share = (m) => m === x[i] ? 1 : m < x[i] ? (m - before) / (x[i] - before) : (after - m) / (after - x[i]);
    rows.guess = old.map((v, k) => v == null ? null : v + by * Math.max(share(x[k]), 0));
    this.draw(name, ["guess"]);
  },
  firm(name, silos) {
    this.firms[name] = silos;
    for (const each in this.firms) this.ring(each); // widths have one scale for both
  },
  ring(name) { // a node for each silo; an arrow is as thick as what one comes to know from the other
    const { silos, rows, passed, lost, losses, contacts } = this.firms[name];
    const chart = this.seen(name, () => this.ring(name), !silos);
    if (!chart) return;
    if (!silos) return chart.setOption({ series: [{ id: "silos", data: [], links: [] }], title: { text: "" } });
    const m = Math.min(Math.max(this.now, 1), rows.heads.length) - 1, of = (row, k) => rows[row][m][k];
    const most = Math.max(...rows.heads[m]), percent = (x) => `${Math.round(100 * x)} %`;
    const data = silos.map((silo, k) => {
      const angle = (2 * Math.PI * k) / silos.length - Math.PI / 2, tired = Math.min(of("exhaustion", k) / 0.6, 1);
      const said = [`load ${percent(of("load", k))}`, `exhaustion ${this.number(of("exhaustion", k))}`];
      said.push(`knows ${percent(of("knowledge", k))}`);
      if (of("backlog_hours", k) >= 1) said.push(`left over ${Math.round(of("backlog_hours", k))} h`);
      const position = ["top", "right", "right", "left", "left"][k];
      return {
        name: silo, x: Math.cos(angle), y: Math.sin(angle), tip: `${silo}: click for its life`,
        symbolSize: 12 + 30 * Math.sqrt(of("heads", k) / most),
        itemStyle: { color: `hsl(26, 90%, ${95 - 55 * tired}%)`, borderColor: "#222", borderWidth: 1 },
        label: { position, formatter: `{b|${silo}}\n${said.join(k ? "\n" : ", ")}`, rich: { b: { fontWeight: "bold" } } },
      };
    });
    const others = Object.values(this.firms).flatMap((firm) => firm.passed ?? []);
    const widest = others.reduce((best, month) => Math.max(best, ...month.flatMap((row, i) => row.toSpliced(i, 1))), 1e-9);
    const sum = (month, own) => month.flatMap((row, i) => row.filter((_, j) => (i === j) === own)).reduce((a, b) => a + b);
    const links = silos.flatMap((to, i) => silos.flatMap((from, j) => {
      const told = passed[m][i][j], gone = lost[m][i][j];
      if (i === j) return [];
      const tip = `${from} to ${to}: ${this.small(told)} % of what there is to know`;
      return [{
        source: from, target: to, tip: i > j ? `${tip}<br>lost between the two: ${Math.round(gone)} contacts` : tip,
        symbol: ["none", told > 0 ? "arrow" : "none"], symbolSize: 4 + 6 * (told / widest),
        lineStyle: { width: 0.5 + 5 * (told / widest), type: told > 0 ? "solid" : "dotted", opacity: told > 0 ? 0.6 : 0.25 },
        label: { show: gone >= 0.5, formatter: `\u2717 ${Math.round(gone)}` },
      }];
    }));
    const share = contacts[m] ? ` of ${Math.round(contacts[m])} contacts (${(100 * losses[m] / contacts[m]).toFixed(1)} %)` : "";
    const learned = [false, true].map((own) => this.small(sum(passed[m], own) / silos.length));
    const text = `\u2717 Lost at hand-offs: ${Math.round(losses[m])}${share}`;
    const subtext = `Learned this month, of what there is to know:\n${learned[0]} % from others, ${learned[1]} % from own contacts`;
    chart.setOption({ title: { text, subtext }, series: [{ id: "silos", data, links }] }, { lazyUpdate: true });
  },
  small(value) {
    return value.toPrecision(2).replace(/e.*/, "");
  },
  money(books) {
    this.books = books;
    this.fall();
  },
  fall() { // each bar begins where the one before it ends; the last is all of it
    if (!this.books) return;
    const { unit, rows, total } = this.books;
    const chart = this.seen("waterfall", () => this.fall(), !rows);
    if (!chart) return;
    if (!rows) return chart.setOption({ title: { subtext: "" }, yAxis: { data: [] }, series: [{ id: "bars", data: [] }] });
    const m = this.now - 1, sum = m < 0 ? 0 : total[Math.min(m, total.length - 1)];
    let reached = 0;
    const data = Object.values(rows).map((row, k) => {
      const step = m < 0 ? 0 : row[Math.min(m, row.length - 1)], from = reached;
      reached += step;
      return [k, from, reached, step];
    });
    const names = [...Object.keys(rows), "B\u2212A"];
    const said = `B\u2212A ${this.signed(sum)} ${unit}, from the opening to month ${this.now}`;
    chart.setOption({
      title: { subtext: said },
      yAxis: { data: names },
      series: [{ id: "bars", data: [...data, [names.length - 1, 0, sum, sum]] }],
    });
  },
  bar(params, api) {
    const [row, from, to, step] = [0, 1, 2, 3].map((k) => api.value(k));
    const [x0, y] = api.coord([from, row]), [x1] = api.coord([to, row]), high = api.size([0, 1])[1] * 0.62;
    const whole = row === Object.keys(this.books.rows).length, fontSize = document.body.matches(".cx-large") ? 16 : 12;
    const fill = whole ? "#CC79A7" : step < 0 ? "#E69F00" : "#009E73";
    const shape = { x: Math.min(x0, x1), y: y - high / 2, width: Math.max(Math.abs(x1 - x0), 1), height: high };
    const text = { text: this.signed(step), x: Math.max(x0, x1) + 5, y, verticalAlign: "middle", fontSize, fill: "#222" };
    return { type: "group", children: [{ type: "rect", shape, style: { fill } }, { type: "text", style: text }] };
  },
  signed(value) {
    return `${value > 0 ? "+" : ""}${this.number(value)}`;
  },
  who(point) {
    const state = this.states[point.seriesIndex];
    return `Customer ${point.value[2]}: ${state.title}<br>${state.about}`;
  },
};
