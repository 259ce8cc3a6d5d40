// The silos of a company as a ring.
Object.assign(cx, {
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
    const most = Math.max(...rows.heads[m], 1e-9), percent = (x) => `${Math.round(100 * x)} %`;
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
    return value < 0.001 ? "0" : `${+value.toPrecision(2)}`;
  },
});
