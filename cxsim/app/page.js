// What charts need on the page: a run is here as a whole, and shown up to the month that was chosen.
window.cx = {
  ids: {}, // name of a chart -> number of its element
  x: [], // months at which periods end
  now: 0, // the last month shown
  charts: {}, // name -> {y: ends of its axis and its step, rows: {series: numbers}}
  firms: {}, // name -> what became of its silos, month by month
  crowds: {}, // name -> {places, numbers, codes: one text for each month}
  states: [],
  clock: null, // identifier of the text that says the month
  drawing: null, // ends drawing by hand, while that is possible
  silent: false, // no readings and no tooltips, while a class predicts

  start(said) {
    Object.assign(this, said);
    for (const own of Object.values(this.charts)) own.filled = null;
    for (const name in this.charts) this.draw(name);
    for (const name in this.crowds) this.gather(name);
    for (const name in this.firms) this.ring(name);
    document.getElementById(this.clock).textContent = this.when();
  },
  chart(name) {
    return getElement(this.ids[name])?.chart;
  },
  put(parts) {
    for (const [name, part] of Object.entries(parts)) {
      const own = (this.charts[name] ??= { y: null, rows: {} });
      own.y = part.y ?? own.y;
      Object.assign(own.rows, part.rows);
      this.draw(name, Object.keys(part.rows));
    }
  },
  month(now) {
    if (now === this.now) return;
    this.now = now;
    for (const name in this.charts) this.draw(name);
    for (const name in this.crowds) this.gather(name);
    for (const name in this.firms) this.ring(name);
    document.getElementById(this.clock).textContent = this.when();
  },
  when() {
    return this.now ? `Month ${this.now} of ${this.x.at(-1)}` : "The opening";
  },
  draw(name, changed) { // the rows that changed, or all of them
    const chart = this.chart(name), own = this.charts[name];
    if (!own) return; // there are other charts by now
    clearTimeout(own.later);
    if (!chart) return (own.later = setTimeout(() => this.draw(name), 30)); // not there yet
    const box = chart.getDom().getBoundingClientRect();
    const seen = box.bottom > 0 && box.top < innerHeight;
    if (!seen && changed) return (own.later = setTimeout(() => this.draw(name), 250)); // what is seen comes first
    const known = (id, m) => id === "guess" || m <= this.now;
    const data = (id) => this.x.map((m, i) => [m, known(id, m) ? own.rows[id][i] : null]);
    const filled = getElement(this.ids[name]).options.series
      .filter(({ id }) => own.rows[id]?.some((v, i) => v != null && known(id, this.x[i])));
    const same = filled.length === own.filled && changed; // fewer series are quicker: those without data are left out
    own.filled = filled.length;
    const series = (same ? filled.filter(({ id }) => changed.includes(id)).map(({ id }) => ({ id })) : filled)
      .map((one) => ({ ...one, data: data(one.id), ...(/^[ad]$/.test(one.id) && this.cursor()) }));
    chart.setOption({
      series,
      title: { subtext: this.reading(own.rows) },
      tooltip: { show: !this.silent },
      ...(own.y && { yAxis: { min: own.y[0], max: own.y[1], interval: own.y[2] } }),
    }, same ? {} : { replaceMerge: ["series"] }); // at once: put off to the next frame it takes half as long again
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
    const chart = this.chart(name), { places, numbers, codes } = this.crowds[name];
    if (!chart) return setTimeout(() => this.gather(name), 30);
    const row = codes[Math.max(this.now, 1) - 1] ?? codes.at(-1);
    const series = this.states.map(({ id, title }, s) => {
      const data = places.flatMap(([x, y], k) => (row[k] == s ? [[x, y, numbers[k]]] : []));
      return { id, name: `${title} ${data.length}`, data };
    });
    chart.setOption({ series }, { lazyUpdate: true });
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
    this.ring(name);
  },
  ring(name) { // a node for each silo; a tie is as thick as what passes, and broken where most is lost
    const chart = this.chart(name), { silos, rows, shared, joined } = this.firms[name];
    if (!chart) return setTimeout(() => this.ring(name), 30);
    if (!silos) return chart.setOption({ series: [{ id: "silos", data: [], links: [] }], title: { text: "" } });
    const m = Math.min(Math.max(this.now, 1), rows.heads.length) - 1, of = (row, k) => rows[row][m][k];
    const most = Math.max(...rows.heads[m]), percent = (x) => `${Math.round(100 * x)} %`;
    const data = silos.map((silo, k) => {
      const angle = (2 * Math.PI * k) / silos.length - Math.PI / 2, tired = Math.min(of("exhaustion", k) / 0.6, 1);
      const said = [`load ${percent(of("load", k))}`, `exhaustion ${this.number(of("exhaustion", k))}`];
      said.push(`knows ${percent(of("knowledge", k))}`);
      if (of("backlog_hours", k) >= 1) said.push(`left over ${Math.round(of("backlog_hours", k))} h`);
      const position = ["right", "right", "right", "left", "left"][k];
      return {
        name: silo, x: Math.cos(angle), y: Math.sin(angle),
        symbolSize: 12 + 30 * Math.sqrt(of("heads", k) / most),
        itemStyle: { color: `hsl(26, 90%, ${95 - 55 * tired}%)`, borderColor: "#222", borderWidth: 1 },
        label: { position, formatter: `{b|${silo}}\n${said.join("\n")}`, rich: { b: { fontWeight: "bold" } } },
      };
    });
    const links = silos.flatMap((a, i) => silos.slice(0, i).map((b, j) => {
      const passes = joined[m][i] && joined[m][j] ? shared[m] : 0;
      const type = passes >= 0.5 ? "solid" : passes > 0 ? "dashed" : "dotted";
      return { source: a, target: b, lineStyle: { width: 0.6 + 5 * passes, type, opacity: 0.3 + 0.5 * passes } };
    }));
    const kept = `${percent(1 - shared[m])} stays where it is`;
    const text = `Of what one silo learns, ${percent(shared[m])} is passed on to another; ${kept}`;
    chart.setOption({ title: { text }, series: [{ id: "silos", data, links }] }, { lazyUpdate: true });
  },
  who(point) {
    return `Customer ${point.value[2]}: ${point.seriesName.replace(/ \d+$/, "")}`;
  },
};
