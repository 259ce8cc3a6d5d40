// A prediction is drawn by hand on a chart, and its points are dragged: ECharts draws, and knows no such gesture.
Object.assign(cx, {
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
});
