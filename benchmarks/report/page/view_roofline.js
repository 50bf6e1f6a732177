// Speed against arithmetic intensity, under the ceilings that the roofline program measured.
{
  const { data, state } = attune;
  const { section, note, table, number, select, el } = attune.dom;

  const machines = (rows) => data.sorted([...new Set(rows.map((row) => data.file(row).machine))]);

  // Files come by date: of each benchmark the newest row.
  const newest = (rows) => {
    const latest = [];
    for (const row of rows) latest[data.columns.name[row]] = row;
    return latest.filter((row) => row !== undefined);
  };

  const pointsByRival = (rows) => {
    const rivals = new Map();
    for (const row of newest(rows)) {
      const rate = data.value("tflops", row);
      const bandwidth = data.value("gbs", row);
      if (!data.isProblem(row) || !(rate > 0) || !(bandwidth > 0)) continue;
      const rival = data.text("rival", row);
      if (!rivals.has(rival)) rivals.set(rival, []);
      rivals.get(rival).push([(rate * 1e3) / bandwidth, rate, data.text("name", row)]);
    }
    return rivals;
  };

  // By machine and name, whatever the filters say, the best repetition of the newest measurement.
  const allCeilings = new Map();
  for (let row = 0; row < data.rows; ++row) {
    const [kind, ...name] = data.text("rival", row).split("/");
    if (kind !== "roofline") continue;
    const best = data.value("median", row) / Math.min(...data.value("samples", row));
    const times = (rate) => rate && rate * best;
    const { machine } = data.file(row);
    if (!allCeilings.has(machine)) allCeilings.set(machine, new Map());
    allCeilings.get(machine).set(name.join("/"), {
      rate: times(data.value("tflops", row)),
      bandwidth: times(data.value("gbs", row)),
    });
  }
  const ceilings = (machine) =>
    [...(allCeilings.get(machine) || [])].map(([name, ceiling]) => ({ name, ...ceiling }));

  const ceilingSeries = (list, [left, right]) => {
    const peak = Math.max(...list.map((c) => c.rate || 0));
    return list.map(({ name, rate, bandwidth }) => {
      const slope = bandwidth / 1e3;
      const knee = peak > 0 ? Math.min(right, peak / slope) : right;
      const ends = rate
        ? [
            [left, rate],
            [right, rate],
          ]
        : [
            [left, left * slope],
            [knee, knee * slope],
          ];
      return {
        name,
        type: "line",
        data: ends,
        symbol: "none",
        lineStyle: { type: rate ? "solid" : "dashed", width: 1.5 },
      };
    });
  };

  const rooflineChart = (rivals, list) => {
    const intensities = [...rivals.values()].flat().map((point) => point[0]);
    const range = intensities.reduce(
      ([low, high], x) => [Math.min(low, x), Math.max(high, x)],
      [Infinity, 0],
    );
    const span = [
      10 ** Math.floor(Math.log10(range[0])),
      10 ** Math.ceil(Math.log10(range[1] * 1.01)),
    ];
    const scatter = [...rivals].map(([name, points]) => ({
      name,
      type: "scatter",
      color: attune.charts.rivalColor(name),
      data: points,
      symbolSize: 8,
      large: points.length > 300,
    }));
    const option = {
      grid: { left: 70, right: 30, top: 60, bottom: 50 },
      xAxis: {
        type: "log",
        name: "FLOP per byte (least traffic)",
        nameLocation: "middle",
        nameGap: 30,
        min: span[0],
        max: span[1],
      },
      yAxis: { type: "log", name: "TFLOP/s" },
      tooltip: {
        trigger: "item",
        formatter: (p) =>
          `${p.value[2] || p.seriesName}\n${number(p.value[1])} TFLOP/s at ${number(p.value[0])} FLOP/B`,
      },
      series: [...scatter, ...ceilingSeries(list, span)],
    };
    return attune.charts.chart(option, { tall: true, label: "Roofline" });
  };

  const render = () => {
    const all = state.filteredRows();
    const withBoth = all.filter((row) => data.value("tflops", row) && data.value("gbs", row));
    const names = machines(withBoth);
    if (names.length === 0)
      return [note("No benchmark that passes the filters has both TFLOP/s and GB/s.")];
    const measuredOnes = names.filter((name) => allCeilings.has(name));
    const machine = names.includes(state.get("machine"))
      ? state.get("machine")
      : [...measuredOnes, ...names][0];
    const rivals = pointsByRival(withBoth.filter((row) => data.file(row).machine === machine));
    const list = ceilings(machine);
    const choose = el(
      "div",
      { class: "controls" },
      select("machine", names, machine, (value) => state.set({ machine: value })),
    );
    const none =
      "No ceilings were measured on this machine: run //benchmarks/roofline:roofline_benchmark and keep its file beside the others.";
    const titles = ["ceiling", { text: "TFLOP/s", number: true }, { text: "GB/s", number: true }];
    const measured =
      list.length === 0
        ? note(none)
        : table(titles, list.length, (i) => [
            list[i].name,
            number(list[i].rate),
            number(list[i].bandwidth),
          ]);
    const chart =
      rivals.size > 0
        ? rooflineChart(rivals, list)
        : note("No benchmark of this machine that computes a problem passes the filters.");
    return [section(`Roofline of ${machine}`, choose, chart, measured)];
  };

  attune.views.roofline = { title: "Roofline", render };
}
