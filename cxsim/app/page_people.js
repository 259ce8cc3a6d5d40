// The people of a company: a dot for each, one series for each state.
Object.assign(cx, {
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
  who(point) {
    const state = this.states[point.seriesIndex];
    return `Customer ${point.value[2]}: ${state.title}<br>${state.about}`;
  },
});
