// On a served page alone: loads it again when what it shows has changed. The address keeps the view.
{
  const kMillisecondsBetween = 2000;
  // Of what is shown; null before it is known.
  attune.live = { version: null };

  const check = async () => {
    try {
      const latest = await (await fetch("/version")).text();
      if (attune.live.version !== null && latest !== attune.live.version) location.reload();
      attune.live.version = latest;
    } catch {
      // The server has ended; what is shown stays.
    }
    setTimeout(check, kMillisecondsBetween);
  };

  if (location.protocol === "http:") check();
}
