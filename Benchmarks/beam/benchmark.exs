# The workloads of this package on the BEAM, under the names of their rows.
#
#     elixir benchmark.exs --list          the names
#     elixir benchmark.exs NAME...         those rows; every row without a name
#
# Prints one line per row: name, tab, nanoseconds per operation (or bytes).

defmodule Counter do
  use GenServer

  def start(), do: GenServer.start(__MODULE__, 0)
  def start_link(), do: GenServer.start_link(__MODULE__, 0)
  def increment(counter), do: GenServer.call(counter, :increment)
  def increment_after_yield(counter), do: GenServer.call(counter, :increment_after_yield)
  def value(counter), do: GenServer.call(counter, :value, 60_000)
  def add(counter), do: GenServer.cast(counter, :increment)
  def compute(counter, milliseconds), do: GenServer.cast(counter, {:compute, milliseconds})

  @impl true
  def init(count), do: {:ok, count}

  @impl true
  def handle_call(:increment, _from, count), do: {:reply, count + 1, count + 1}
  def handle_call(:value, _from, count), do: {:reply, count, count}

  def handle_call(:increment_after_yield, _from, count) do
    :erlang.yield()
    {:reply, count + 1, count + 1}
  end

  @impl true
  def handle_cast(:increment, count), do: {:noreply, count + 1}

  def handle_cast({:compute, milliseconds}, count) do
    compute_until(
      System.monotonic_time() + System.convert_time_unit(milliseconds, :millisecond, :native)
    )

    {:noreply, count}
  end

  defp compute_until(instant) do
    if System.monotonic_time() < instant, do: compute_until(instant)
  end
end

defmodule RingMember do
  use GenServer

  def start(), do: GenServer.start(__MODULE__, {nil, nil})
  def follow(member, other), do: GenServer.cast(other, {:next, member})
  def travel(member, hops), do: GenServer.call(member, {:travel, hops}, 60_000)
  def travel_by_send(member, hops), do: GenServer.call(member, {:travel_by_send, hops}, 60_000)

  @impl true
  def init(state), do: {:ok, state}

  @impl true
  def handle_call({:travel, hops}, from, {next, nil}) do
    GenServer.cast(next, {:hop, hops - 1})
    {:noreply, {next, from}}
  end

  def handle_call({:travel_by_send, hops}, from, {next, nil}) do
    send(next, {:hop, hops - 1})
    {:noreply, {next, from}}
  end

  @impl true
  def handle_info({:hop, 0}, {next, waiting}) do
    GenServer.reply(waiting, :ok)
    {:noreply, {next, nil}}
  end

  def handle_info({:hop, left}, {next, waiting}) do
    send(next, {:hop, left - 1})
    {:noreply, {next, waiting}}
  end

  @impl true
  def handle_cast({:next, member}, {_, waiting}), do: {:noreply, {member, waiting}}

  def handle_cast({:hop, 0}, {next, waiting}) do
    GenServer.reply(waiting, :ok)
    {:noreply, {next, nil}}
  end

  def handle_cast({:hop, left}, {next, waiting}) do
    GenServer.cast(next, {:hop, left - 1})
    {:noreply, {next, waiting}}
  end
end

defmodule Measuring do
  @doc "Runs the work once to warm up and once against the clock: nanoseconds per operation."
  def nanoseconds(operations, work) do
    work.()
    begin = System.monotonic_time(:nanosecond)
    work.()
    (System.monotonic_time(:nanosecond) - begin) / operations
  end

  def repeat(0, _work), do: :ok

  def repeat(times, work) do
    work.()
    repeat(times - 1, work)
  end

  def repeat_until(instant, work) do
    if now() < instant do
      work.()
      repeat_until(instant, work)
    end
  end

  @doc "Runs the work in that many processes side by side and returns when all have ended."
  def clients(count, work) do
    1..count
    |> Enum.map(fn client -> Task.async(fn -> work.(client - 1) end) end)
    |> Task.await_many(:infinity)
  end

  def counters(count) do
    for _ <- 1..count do
      {:ok, counter} = Counter.start()
      counter
    end
  end

  def now(), do: System.monotonic_time(:nanosecond)

  @doc "Work that is lost or skipped must not look fast."
  def expect(found, expected) when found == expected, do: :ok
end

defmodule Rows do
  import Measuring

  def all() do
    [
      {"call, 1 client, plain handler", &call/0},
      {"call, 1 client, async handler that does not suspend", &call/0},
      {"64 clients on 1 server, plain", fn -> calls_of_64(1) end},
      {"64 clients on 64 servers, plain", fn -> calls_of_64(64) end},
      {"call, queued (lending off)", &call/0},
      {"call, async handler that suspends once", &call_that_yields/0},
      {"cast until handled, 1 sender", &cast/0},
      {"cast until handled, 8 senders", &cast_by_8/0},
      {"ring of 503 by cast, one message", &ring/0},
      {"ring of 503 by send, one message", &ring_by_send/0},
      {"start + stop", &start_and_stop/0},
      {"monitor + demonitor", &monitor/0},
      {"timer set + cancel", &timer/0},
      {"linked start + stop", &linked_start_and_stop/0},
      {"selective receive past 1,000 other messages", &selective_receive/0},
      {"100,000 timers firing, per timer", &timers/0},
      {"bytes per idle server after ten calls, plain", &bytes/0},
      {"bytes per idle server after ten calls, async", &bytes/0},
      {"latency of a call while 8 senders flood other servers, p50", fn -> latency(0.5) end},
      {"latency of a call while 8 senders flood other servers, p99", fn -> latency(0.99) end},
      {"latency of a call while 8 senders flood other servers, p99.9", fn -> latency(0.999) end},
      {"lateness of a 1 ms ticker while two tasks loop over calls", &ticker_beside_calls/0},
      {"lateness of a 1 ms ticker while two handlers block for 300 ms", &ticker_beside_handlers/0}
    ]
  end

  defp ring_by_send() do
    ring =
      for _ <- 1..503 do
        {:ok, member} = RingMember.start()
        member
      end

    [first | rest] = ring
    Enum.zip(ring, rest ++ [first]) |> Enum.each(fn {a, b} -> RingMember.follow(b, a) end)
    hops = 503 * 1_000
    nanoseconds(hops, fn -> RingMember.travel_by_send(first, hops) end)
  end

  defp monitor() do
    {:ok, counter} = Counter.start()

    nanoseconds(300_000, fn ->
      repeat(300_000, fn -> Process.demonitor(Process.monitor(counter)) end)
    end)
  end

  defp timer() do
    nanoseconds(300_000, fn ->
      repeat(300_000, fn -> Process.cancel_timer(Process.send_after(self(), 0, 60_000)) end)
    end)
  end

  defp linked_start_and_stop() do
    nanoseconds(50_000, fn ->
      repeat(50_000, fn ->
        {:ok, counter} = Counter.start_link()
        GenServer.stop(counter)
      end)
    end)
  end

  defp selective_receive() do
    Enum.each(1..1000, fn number -> send(self(), number) end)

    nanoseconds(20_000, fn ->
      repeat(20_000, fn ->
        send(self(), :wanted)

        receive do
          :wanted -> :ok
        end
      end)
    end)
  end

  defp timers() do
    nanoseconds(100_000, fn ->
      Enum.each(1..100_000, fn number -> Process.send_after(self(), number, 1 + rem(number, 10)) end)

      repeat(100_000, fn ->
        receive do
          number when is_integer(number) -> :ok
        end
      end)
    end)
  end

  defp call() do
    {:ok, counter} = Counter.start()
    nanoseconds(200_000, fn -> repeat(200_000, fn -> Counter.increment(counter) end) end)
  end

  defp call_that_yields() do
    {:ok, counter} = Counter.start()

    nanoseconds(100_000, fn ->
      repeat(100_000, fn -> Counter.increment_after_yield(counter) end)
    end)
  end

  defp calls_of_64(servers) do
    counters = List.to_tuple(counters(servers))
    each = 3_000

    figure =
      nanoseconds(64 * each, fn ->
        clients(64, fn client ->
          counter = elem(counters, rem(client, servers))
          repeat(each, fn -> Counter.increment(counter) end)
        end)
      end)

    for counter <- Tuple.to_list(counters),
        do: expect(Counter.value(counter), 2 * each * div(64, servers))

    figure
  end

  @burst 300_000
  @bursts 3

  defp cast() do
    {:ok, counter} = Counter.start()

    figure =
      nanoseconds(@burst * @bursts, fn ->
        repeat(@bursts, fn ->
          repeat(@burst, fn -> Counter.add(counter) end)
          Counter.value(counter)
        end)
      end)

    expect(Counter.value(counter), 2 * @burst * @bursts)
    figure
  end

  defp cast_by_8() do
    {:ok, counter} = Counter.start()

    figure =
      nanoseconds(@burst * @bursts, fn ->
        repeat(@bursts, fn ->
          clients(8, fn _ -> repeat(div(@burst, 8), fn -> Counter.add(counter) end) end)
          Counter.value(counter)
        end)
      end)

    expect(Counter.value(counter), 2 * @burst * @bursts)
    figure
  end

  defp ring() do
    ring =
      for _ <- 1..503 do
        {:ok, member} = RingMember.start()
        member
      end

    for {member, next} <- Enum.zip(ring, tl(ring) ++ [hd(ring)]),
        do: RingMember.follow(next, member)

    hops = 503 * 2_000
    nanoseconds(hops, fn -> RingMember.travel(hd(ring), hops) end)
  end

  defp start_and_stop() do
    count = 100_000
    nanoseconds(count, fn -> for counter <- counters(count), do: GenServer.stop(counter) end)
  end

  defp bytes() do
    count = 100_000
    early = called_counters(1_000)
    before = memory_of_others()
    servers = called_counters(count)
    grown = memory_of_others() - before
    true = Enum.all?(early ++ servers, &Process.alive?/1)
    grown / count
  end

  defp called_counters(count) do
    for _ <- 1..count do
      {:ok, counter} = Counter.start()
      repeat(10, fn -> Counter.increment(counter) end)
      counter
    end
  end

  # Without this process, whose heap holds the list of all.
  defp memory_of_others() do
    :erlang.garbage_collect()
    {:memory, own} = Process.info(self(), :memory)
    :erlang.memory(:total) - own
  end

  defp latency(share) do
    {:ok, counter} = Counter.start()
    senders = for other <- counters(8), do: spawn(fn -> flood(other) end)
    repeat(1_000, fn -> Counter.increment(counter) end)

    # Outside the heap, so that no collection of this process counts as latency.
    limit = 500_000
    times = :atomics.new(limit, [])
    begin = now()
    count = time_calls(counter, times, 0, limit, begin, begin + 500_000_000)
    for sender <- senders, do: Process.exit(sender, :kill)

    1..count
    |> Enum.map(&:atomics.get(times, &1))
    |> Enum.sort()
    |> Enum.at(trunc(count * share))
  end

  defp flood(counter) do
    repeat(100, fn -> Counter.add(counter) end)
    Counter.value(counter)
    flood(counter)
  end

  defp time_calls(_, _, count, limit, last, finish) when count == limit or last >= finish,
    do: count

  defp time_calls(counter, times, count, limit, last, finish) do
    Counter.increment(counter)
    now = now()
    :atomics.put(times, count + 1, now - last)
    time_calls(counter, times, count + 1, limit, now, finish)
  end

  defp ticker_beside_calls() do
    counters = List.to_tuple(counters(2))

    worst_lateness(fn finish ->
      clients(2, fn client ->
        counter = elem(counters, client)
        repeat_until(finish, fn -> repeat(100, fn -> Counter.increment(counter) end) end)
      end)
    end)
  end

  # A handler that sleeps stops nobody here, so these compute all the while.
  defp ticker_beside_handlers() do
    counters = counters(2)

    worst_lateness(fn _ ->
      for counter <- counters, do: Counter.compute(counter, 300)
      for counter <- counters, do: Counter.value(counter)
    end)
  end

  defp worst_lateness(load) do
    begin = now()
    ticker = Task.async(fn -> tick(begin + 450_000_000, 0) end)
    Process.sleep(20)
    load.(begin + 420_000_000)
    Task.await(ticker, :infinity)
  end

  defp tick(finish, worst) do
    begin = now()

    if begin < finish do
      Process.sleep(1)
      tick(finish, max(worst, now() - begin - 1_000_000))
    else
      worst
    end
  end
end

case System.argv() do
  ["--list"] ->
    for {name, _} <- Rows.all(), do: IO.puts(name)

  wanted ->
    known = Map.new(Rows.all())

    for name <- wanted, not is_map_key(known, name) do
      IO.puts(:stderr, "There is no row named “#{name}”.")
      System.halt(64)
    end

    for {name, measure} <- Rows.all(), wanted == [] or name in wanted do
      IO.puts("#{name}\t#{:erlang.float_to_binary(measure.() / 1, decimals: 1)}")
    end
end
