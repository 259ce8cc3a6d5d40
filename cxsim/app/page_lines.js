// Lines over time: as a chart, on a sheet above it while they move, and what is read off them.
Object.assign(cx, {
  draw(name, changed) { // the rows that changed, or all of them
    const own = this.charts[name], rows = own?.rows;
    if (!own) return; // there are other charts by now
    clearTimeout(own.later);
    const chart = this.seen(name, () => this.draw(name), this.silent); // covered wherever it is
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
    let sheet = place?.querySelector(".cx-ink");
    if (!own.inked) return sheet?.remove();
    clearTimeout(own.later);
    own.later = setTimeout(() => this.draw(name), 1000);
    sheet ??= place.appendChild(Object.assign(document.createElement("canvas"), { className: "cx-ink" }));
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
  reading(rows) {
    if (this.silent) return "";
    if ("d" in rows) return `B\u2212A ${this.signed(this.at(rows.d))}`;
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
});
