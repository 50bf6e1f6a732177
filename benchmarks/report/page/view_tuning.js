// The tuning space: what each trial of a tuner's log gave.
{
  const { data, state } = attune;
  const { el, section, note, table, select, seconds, number: digits } = attune.dom;

  const timed = (run) =>
    run.trials.map((trial, index) => ({ ...trial, index })).filter((t) => t.median !== null);

  const distinctValues = (run, p) =>
    [...new Set(run.trials.map((t) => t.values[p]))]
      .filter((v) => v !== null)
      .sort((x, y) => x - y);

  // The fastest trial for each pair of values of two parameters, over all others.
  const heatMap = (run, x, y) => {
    const xs = distinctValues(run, x);
    const ys = distinctValues(run, y);
    const best = new Map();
    for (const trial of timed(run)) {
      const key = [xs.indexOf(trial.values[x]), ys.indexOf(trial.values[y])];
      if (!(best.get(key.join())?.[2] <= trial.median * 1e3))
        best.set(key.join(), [...key, trial.median * 1e3]);
    }
    const cells = [...best.values()];
    const times = cells.map((c) => c[2]);
    const option = {
      legend: { show: false },
      grid: { left: 76, right: 110, top: 24, bottom: 50 },
      xAxis: {
        type: "category",
        data: xs.map(String),
        name: run.parameters[x],
        nameLocation: "middle",
        nameGap: 28,
      },
      yAxis: { type: "category", data: ys.map(String), name: run.parameters[y] },
      visualMap: {
        min: Math.min(...times),
        max: Math.max(...times),
        right: 0,
        top: "middle",
        calculable: true,
        precision: 3,
        text: ["ms", ""],
        textStyle: { color: attune.charts.color("ink") },
        inRange: { color: ["#1b8a5a", "#e9d8a6", "#b3261e"] },
      },
      tooltip: {
        formatter: (p) =>
          `${run.parameters[x]}=${xs[p.value[0]]} ${run.parameters[y]}=${ys[p.value[1]]}\nfastest ${seconds(p.value[2] / 1e3)}`,
      },
      series: [
        {
          type: "heatmap",
          data: cells,
          label: {
            show: cells.length <= 60,
            color: "#1d2430",
            formatter: (p) => p.value[2].toPrecision(3),
          },
        },
      ],
    };
    return attune.charts.chart(option, { label: "Heat map of two parameters" });
  };

  const trialTitles = (run) => [
    ...run.parameters.map((text) => ({ text, number: true })),
    { text: "median", number: true },
    { text: "interval", number: true },
    "fastest",
  ];

  const trialCells = (trial) => [
    ...trial.values.map(String),
    seconds(trial.median),
    trial.low === null ? "" : `${seconds(trial.low)} to ${seconds(trial.high)}`,
    trial.tied ? el("td", { class: "best" }, "ties") : "",
  ];

  const trialTable = (run, trials) => {
    const ordered = [...trials].sort((a, b) => a.median - b.median);
    return table(trialTitles(run), ordered.length, (i) => trialCells(ordered[i]));
  };

  // Axes to brush; `shown` gets a table of the trials that pass all brushes.
  const parallel = (run, shown) => {
    const trials = timed(run);
    const ink = attune.charts.color("ink");
    const axis = (dim, name, more) => ({
      dim,
      name,
      nameTextStyle: { color: ink },
      axisLabel: {
        color: attune.charts.color("ink"),
        backgroundColor: attune.charts.color("card"),
        padding: [1, 3],
      },
      axisLine: { lineStyle: { color: attune.charts.color("faint") } },
      ...more,
    });
    const axes = run.parameters.map((name, p) =>
      axis(p, name, { type: "category", data: distinctValues(run, p).map(String) }),
    );
    axes.push(
      axis(run.parameters.length, "ms", {
        type: "value",
        scale: true,
        inverse: true,
        nameLocation: "start",
      }),
    );
    const times = trials.map((t) => t.median * 1e3);
    const option = {
      legend: { show: false },
      parallel: { left: 60, right: 80, top: 40, bottom: 30 },
      parallelAxis: axes,
      visualMap: {
        show: false,
        dimension: run.parameters.length,
        min: Math.min(...times),
        max: Math.max(...times),
        inRange: { color: ["#1b8a5a", "#c9a227", "#b3261e"] },
      },
      series: [
        {
          type: "parallel",
          lineStyle: { width: 2, opacity: 0.7 },
          data: trials.map((t) => [...t.values.map(String), t.median * 1e3]),
        },
      ],
    };
    const show = (indices) => {
      const some = indices.map((i) => trials[i]);
      // A page that shrinks would scroll away under the mouse that brushes.
      shown.style.minHeight = `${shown.offsetHeight}px`;
      shown.replaceChildren(
        note(`${some.length} of ${trials.length} timed trials`),
        trialTable(run, some),
      );
    };
    show(trials.map((_, i) => i));
    const ready = (chart) => {
      attune.tuningChart = chart;
      chart.on("axisareaselected", () => {
        const series = chart.getModel().getSeries()[0];
        const unbrushed = series.getRawIndicesByActiveState("normal");
        show(
          unbrushed.length === trials.length
            ? unbrushed
            : series.getRawIndicesByActiveState("active"),
        );
      });
    };
    return attune.charts.chart(option, { label: "Parallel coordinates", ready });
  };

  const convergence = (run) => {
    let best = Infinity;
    const line = [];
    for (const [i, trial] of run.trials.entries()) {
      best = Math.min(best, trial.median ?? Infinity);
      if (Number.isFinite(best)) line.push([i + 1, best * 1e3]);
    }
    const option = {
      xAxis: { type: "value", name: "trial", nameLocation: "middle", nameGap: 26, minInterval: 1 },
      yAxis: { type: "value", name: "ms", scale: true },
      tooltip: {
        trigger: "item",
        formatter: (p) => `trial ${p.value[0]}\n${seconds(p.value[1] / 1e3)}`,
      },
      series: [
        {
          name: "trial",
          type: "scatter",
          symbolSize: 7,
          data: run.trials.map((t, i) => [i + 1, t.median === null ? null : t.median * 1e3]),
        },
        { name: "best so far", type: "line", step: "end", symbol: "none", data: line },
      ],
    };
    return attune.charts.chart(option, { label: "Convergence" });
  };

  // What became of trials, and why some failed.
  const outcomes = (run) => {
    const reasons = new Map();
    for (const trial of run.trials) {
      if (trial.outcome === "OK") continue;
      const key = `${trial.outcome}\u0000${trial.message}`;
      reasons.set(key, (reasons.get(key) || 0) + 1);
    }
    const list = [...reasons]
      .sort((a, b) => b[1] - a[1])
      .map(([key, count]) => [...key.split("\u0000"), String(count)]);
    return [
      note(tried(run)),
      list.length > 0
        ? table(
            ["outcome", "message", { text: "trials", number: true }],
            list.length,
            (i) => list[i],
          )
        : null,
    ];
  };

  const tried = (run) => {
    const ties = timed(run).filter((t) => t.tied).length;
    const failed = run.trials.length - timed(run).length;
    return `${run.trials.length} trials: ${ties} tie for the fastest, ${timed(run).length - ties} are slower, ${failed} failed.`;
  };

  // What each named constraint took from the space before anything was tried.
  const constraints = (run) => {
    if (run.space_problem) return note(`The log's space cannot be read: ${run.space_problem}.`);
    if (run.space_size === null) return note("The log does not say which space was searched.");
    if (run.constraints.length === 0) return note("The space has no constraints.");
    const counted = run.admitted !== null;
    const share = (count) => `${digits((100 * count) / run.space_size)} %`;
    const facts = counted
      ? `Of ${run.space_size} combinations the constraints left ${run.admitted} to try (${share(run.admitted)}). One counts for the first constraint that removes it.`
      : `The space has ${run.space_size} combinations. The log is of before what each constraint removed was written.`;
    const right = (text) => ({ text, number: true });
    const titles = ["constraint", "admits where", right("removed"), right("of all")];
    const cells = ({ name, expression, removed }) => [
      name,
      el("td", { class: "name" }, expression),
      removed === null ? "" : String(removed),
      removed === null ? "" : share(removed),
    ];
    // Those that removed most come first.
    const ordered = [...run.constraints].sort((a, b) => b.removed - a.removed);
    return el(
      "div",
      {},
      note(facts),
      table(titles, ordered.length, (i) => cells(ordered[i])),
    );
  };

  const parameterControls = (run, x, y) => {
    const options = run.parameters.map((name, i) => [String(i), name]);
    return el(
      "div",
      { class: "controls" },
      select("across", options, String(x), (value) => state.set({ px: value }), "tuning-x"),
      select("up", options, String(y), (value) => state.set({ py: value }), "tuning-y"),
    );
  };

  const index = (key, count, fallback) => {
    const value = Number.parseInt(state.get(key), 10);
    return value >= 0 && value < count ? value : Math.min(fallback, count - 1);
  };

  const render = () => {
    if (data.tuning.length === 0)
      return [
        note(
          "The folder has no trial logs (*.log) of the tuner, which keeps them under trials/ in its cache.",
        ),
      ];
    const most = data.tuning.reduce(
      (best, t, i) => (t.trials.length > data.tuning[best].trials.length ? i : best),
      0,
    );
    const r = index("log", data.tuning.length, most);
    const run = data.tuning[r];
    const logs = data.tuning.map((t, i) => [String(i), `${t.family}  ${t.path}`]);
    const choose = el(
      "div",
      { class: "controls" },
      select(
        "trial log",
        logs,
        String(r),
        (value) => state.set({ log: value, px: "", py: "" }),
        "tuning-log",
      ),
    );
    const about = section(
      "Tuning run",
      choose,
      note(`${run.family} of ${run.workload} on ${run.device}`),
      ...outcomes(run),
    );
    const left = section("Why variants left before they were tried", constraints(run));
    if (timed(run).length === 0) return [about, left];
    const x = index("px", run.parameters.length, 0);
    const y = index("py", run.parameters.length, 1);
    const shown = el("div", { id: "brushed" });
    return [
      about,
      el(
        "div",
        { class: "halves" },
        section("Fastest for two parameters", parameterControls(run, x, y), heatMap(run, x, y)),
        section("Convergence", convergence(run)),
      ),
      section(
        "All parameters",
        note("Drag along an axis to keep a range; click it to let go."),
        parallel(run, shown),
        shown,
      ),
      left,
    ];
  };

  attune.views.tuning = { title: "Tuning", render };
}
