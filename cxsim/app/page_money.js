// Where the money went: a bar for each account.
Object.assign(cx, {
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
    const { more, less, all } = this.books.colours, fill = whole ? all : step < 0 ? less : more;
    const shape = { x: Math.min(x0, x1), y: y - high / 2, width: Math.max(Math.abs(x1 - x0), 1), height: high };
    const text = { text: this.signed(step), x: Math.max(x0, x1) + 5, y, verticalAlign: "middle", fontSize, fill: "#222" };
    return { type: "group", children: [{ type: "rect", shape, style: { fill } }, { type: "text", style: text }] };
  },
});
