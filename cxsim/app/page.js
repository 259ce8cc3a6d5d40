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
    this.show();
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
    this.show();
  },
  show() { // all of it, as it is in the month that is shown
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
    if (!chart) { // not there yet
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
  number(value) {
    if (value == null) return "\u2013";
    const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
    return value.toFixed(digits).replace("-", "\u2212");
  },
  signed(value) {
    return `${value > 0 ? "+" : ""}${this.number(value)}`;
  },
  at(row) { // the last value shown of a row
    for (let i = this.x.length - 1; i >= 0; i--) if (this.x[i] <= this.now && row?.[i] != null) return row[i];
    return null;
  },
};
