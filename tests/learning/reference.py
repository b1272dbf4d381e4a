"""The experiments of this folder in PyTorch, with the same networks, data, settings and Keras's
initial weights: what our figures are compared with.

    python3 reference.py autoencoder gpt --seeds 1 2 3 --data ../../../datasets

Prints a line of JSON for each run. See README.md.
"""
import argparse
import gzip
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

EXPERIMENTS = {}


def experiment(function):
    EXPERIMENTS[function.__name__] = function
    return function


# --- data ---


def mnist(folder):
    def images(name, count):
        raw = gzip.open(folder / "mnist" / name).read()
        return torch.from_numpy(np.frombuffer(raw, np.uint8, offset=16).reshape(count, 784) / np.float32(255))

    def labels(name):
        raw = gzip.open(folder / "mnist" / name).read()
        return torch.from_numpy(np.frombuffer(raw, np.uint8, offset=8).astype(np.int64))

    train = images("train-images-idx3-ubyte.gz", 60000)
    return (
        train[:55000],
        labels("train-labels-idx1-ubyte.gz")[:55000],
        images("t10k-images-idx3-ubyte.gz", 10000),
        labels("t10k-labels-idx1-ubyte.gz"),
    )


def cifar(folder):
    def read(name):
        raw = np.fromfile(folder / "cifar10" / name, np.uint8).reshape(-1, 3073)
        return torch.from_numpy(raw[:, 1:].reshape(-1, 3, 32, 32) / np.float32(255)), torch.from_numpy(raw[:, 0].astype(np.int64))

    x, y = read("data_batch_1.bin")
    test = read("test_batch_first1000.bin")
    return x[:9000], y[:9000], *test


def batches(n, size, generator):
    order = torch.randperm(n, generator=generator)
    return [order[i : i + size] for i in range(0, n, size)]


# --- Keras's initial weights ---


def keras_weights(module):
    attention = {}
    for m in module.modules():
        # Kernels of attention have three dimensions there: (width, heads, size) and back.
        for part in ("query", "key", "value", "out"):
            if hasattr(m, part):
                width, heads = getattr(m, part).weight.shape[0], m.heads
                size = width // heads
                fans = (heads + size) * width if part != "out" else (size + width) * heads
                attention[getattr(m, part)] = math.sqrt(6 / fans)
    for m in module.modules():
        if m in attention:
            nn.init.uniform_(m.weight, -attention[m], attention[m])
            if m.bias is not None:
                nn.init.zeros_(m.bias)
        elif isinstance(m, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.xavier_uniform_(m.weight)
            if m.bias is not None:
                nn.init.zeros_(m.bias)
        elif isinstance(m, nn.Embedding):
            nn.init.uniform_(m.weight, -0.05, 0.05)
        elif isinstance(m, (nn.LSTM, nn.GRU, nn.RNN)):
            gates = {nn.LSTM: 4, nn.GRU: 3, nn.RNN: 1}[type(m)]
            for name, p in m.named_parameters():
                n = m.hidden_size
                if "bias" in name:
                    nn.init.zeros_(p)
                    if gates == 4 and "ih" in name:
                        p.data[n : 2 * n] = 1
                elif "hh" in name:
                    # Keras draws one orthogonal matrix for all gates together.
                    nn.init.orthogonal_(p)
                else:
                    limit = math.sqrt(6 / (p.shape[1] + gates * n))
                    nn.init.uniform_(p, -limit, limit)
    return module


def adam(module, rate=1e-3, **more):
    return torch.optim.Adam(module.parameters(), rate, eps=1e-7, **more)


def adamw(module, rate, decay, **more):
    """Kernels decay; biases, embeddings and normalizations do not."""
    kernels = [m.weight for m in module.modules() if isinstance(m, nn.Linear)]
    rest = [p for p in module.parameters() if all(p is not k for k in kernels)]
    groups = [{"params": kernels, "weight_decay": decay}, {"params": rest, "weight_decay": 0}]
    return torch.optim.AdamW(groups, rate, eps=1e-7, **more)


# --- experiments ---


@experiment
def autoencoder(folder, seed):
    x, _, test, _ = mnist(folder)
    sizes = [784, 128, 32, 128, 784]
    layers = [f for a, b in zip(sizes, sizes[1:]) for f in (nn.Linear(a, b), nn.ReLU())]
    net = keras_weights(nn.Sequential(*layers[:-1], nn.Sigmoid()))
    optimizer, generator = adam(net), torch.Generator().manual_seed(seed)
    for _ in range(10):
        for i in batches(len(x), 128, generator):
            optimizer.zero_grad()
            F.mse_loss(net(x[i]), x[i]).backward()
            optimizer.step()
    with torch.no_grad():
        return {"test_loss": F.mse_loss(net(test), test).item()}


@experiment
def vae(folder, seed):
    x, _, test, _ = mnist(folder)
    body = keras_weights(nn.Sequential(nn.Linear(784, 256), nn.ReLU()))
    mean, variance = keras_weights(nn.Linear(256, 8)), keras_weights(nn.Linear(256, 8))
    decoder = keras_weights(nn.Sequential(nn.Linear(8, 256), nn.ReLU(), nn.Linear(256, 784)))
    net = nn.ModuleList([body, mean, variance, decoder])
    optimizer, generator = adam(net), torch.Generator().manual_seed(seed)

    def losses(x, sample):
        h = body(x)
        m, v = mean(h), variance(h)
        z = m + torch.randn_like(m) * torch.exp(v / 2) if sample else m
        reconstruction = F.binary_cross_entropy_with_logits(decoder(z), x, reduction="sum") / len(x)
        kl = -0.5 * (1 + v - m * m - v.exp()).sum() / len(x)
        return reconstruction, kl

    for _ in range(10):
        for i in batches(len(x), 128, generator):
            optimizer.zero_grad()
            sum(losses(x[i], True)).backward()
            optimizer.step()
    with torch.no_grad():
        reconstruction, kl = losses(test, False)
        return {"test_loss": (reconstruction + kl).item(), "test_kl_loss": kl.item()}


class Block(nn.Module):
    def __init__(self, before, channels, stride):
        super().__init__()
        norm = lambda: nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)
        # Keras pads a stride of 2 at the bottom and right alone.
        self.pad = nn.ZeroPad2d((0, 1, 0, 1)) if stride == 2 else nn.ZeroPad2d(1)
        self.through = nn.Sequential(nn.Conv2d(before, channels, 3, stride), norm(), nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1), norm())
        self.past = nn.Sequential(nn.Conv2d(before, channels, 1, stride), norm()) if stride == 2 else nn.Identity()

    def forward(self, x):
        return F.relu(self.through(self.pad(x)) + self.past(x))


@experiment
def resnet(folder, seed):
    x, y, test_x, test_y = cifar(folder)
    net = keras_weights(
        nn.Sequential(
            nn.Conv2d(3, 16, 3, padding=1),
            nn.BatchNorm2d(16, eps=1e-3, momentum=0.01),
            nn.ReLU(),
            Block(16, 16, 1),
            Block(16, 32, 2),
            Block(32, 64, 2),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(64, 10),
        )
    )
    optimizer, generator = adam(net), torch.Generator().manual_seed(seed)
    for _ in range(10):
        for i in batches(len(x), 64, generator):
            optimizer.zero_grad()
            F.cross_entropy(net(x[i]), y[i]).backward()
            optimizer.step()
    net.eval()
    with torch.no_grad():
        out = net(test_x)
        return {"test_loss": F.cross_entropy(out, test_y).item(), "test_accuracy": (out.argmax(1) == test_y).float().mean().item()}


@experiment
def stocks(folder, seed):
    lines = (folder / "stocks" / "vega-sp500-2000.csv").read_text().splitlines()
    column = lines[0].split(",").index("close")
    prices = np.array([float(line.split(",")[column]) for line in lines[1:]])
    train = int(len(prices) * 0.8)
    low, high = prices[:train].min(), prices[:train].max()
    scaled = torch.tensor((prices - low) / (high - low), dtype=torch.float32)
    windows = scaled.unfold(0, 31, 1)
    # Windows belong to the part in which the value that they foretell lies.
    test_from = int(len(prices) * 0.9) - 30
    x, y = windows[: train - 30, :30, None], windows[: train - 30, 30:]
    test_x, test_y = windows[test_from:, :30, None], windows[test_from:, 30:]
    first, second = keras_weights(nn.LSTM(1, 50, batch_first=True)), keras_weights(nn.LSTM(50, 50, batch_first=True))
    last = keras_weights(nn.Linear(50, 1))
    net = nn.ModuleList([first, second, last])
    for lstm in (first, second):
        lstm.bias_hh_l0.requires_grad_(False)
    run = lambda x: last(second(first(x)[0])[0][:, -1])
    optimizer, generator = adam(net), torch.Generator().manual_seed(seed)
    for _ in range(20):
        for i in batches(len(x), 32, generator):
            optimizer.zero_grad()
            F.mse_loss(run(x[i]), y[i]).backward()
            optimizer.step()
    with torch.no_grad():
        error = (run(test_x) - test_y) * (high - low)
        naive = (test_x[:, -1] - test_y) * (high - low)
        return {"test_mean_absolute_error": error.abs().mean().item(), "test_root_mean_squared_error": error.pow(2).mean().sqrt().item(), "naive": naive.abs().mean().item(), "windows": [len(x), len(test_x)]}


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.out = (nn.Linear(width, width, bias=False) for _ in range(4))

    def forward(self, x):
        split = lambda t: t.view(*t.shape[:2], self.heads, -1).transpose(1, 2)
        q, k, v = (split(f(x)) for f in (self.query, self.key, self.value))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out(y.transpose(1, 2).flatten(2))


class Decoder(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=1e-5), nn.LayerNorm(width, eps=1e-5)
        self.attention = Attention(width, heads)
        self.feed = nn.Sequential(nn.Linear(width, 4 * width, bias=False), nn.GELU(), nn.Linear(4 * width, width, bias=False))

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.feed(self.norm2(x))


class GPT(nn.Module):
    def __init__(self, vocabulary, width, layers, heads, context):
        super().__init__()
        self.tokens, self.places = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
        self.layers = nn.Sequential(*(Decoder(width, heads) for _ in range(layers)))
        self.norm = nn.LayerNorm(width, eps=1e-5)

    def forward(self, ids):
        x = self.tokens(ids) + self.places.weight[: ids.shape[1]]
        return self.norm(self.layers(x)) @ self.tokens.weight.T


@experiment
def gpt(folder, seed):
    text = (folder / "text" / "tinyshakespeare.txt").read_text()
    letters = sorted(set(text))
    ids = torch.tensor([letters.index(c) for c in text])
    held = len(ids) - len(ids) // 10
    net = keras_weights(GPT(len(letters), 128, 4, 4, 64))
    optimizer = adamw(net, 1e-3, 0.1, betas=(0.9, 0.99))
    generator = torch.Generator().manual_seed(seed)
    for step in range(2000):
        rate = 1e-3 * (step + 1) / 100 if step < 100 else 1e-4 + 0.5 * 9e-4 * (1 + math.cos(math.pi * (step - 100) / 1900))
        for group in optimizer.param_groups:
            group["lr"] = rate
        at = torch.randint(held - 64, (12,), generator=generator)
        x, y = (torch.stack([ids[i + d : i + d + 64] for i in at]) for d in (0, 1))
        optimizer.zero_grad()
        F.cross_entropy(net(x).flatten(0, 1), y.flatten()).backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1)
        optimizer.step()
    rest = ids[held:]
    n = (len(rest) - 1) // 64
    with torch.no_grad():
        losses = [F.cross_entropy(net(rest[i * 64 : i * 64 + 64][None])[0], rest[i * 64 + 1 : i * 64 + 65]).item() for i in range(n)]
    return {"val_loss": float(np.mean(losses)), "parameters": sum(p.numel() for p in net.parameters())}


@experiment
def names(folder, seed):
    lines = (folder / "text" / "names.txt").read_text().split("\n")
    lines = [line.strip() for line in lines if line.strip()]
    letters = sorted(set("".join(lines)))
    longest = max(map(len, lines)) + 1
    # 0 pads, 1 starts, 2 ends.
    x, y = torch.zeros(len(lines), longest, dtype=torch.long), torch.full((len(lines), longest), -1)
    for i, line in enumerate(lines):
        ids = [1] + [3 + letters.index(c) for c in line] + [2]
        x[i, : len(ids) - 1], y[i, : len(ids) - 1] = torch.tensor(ids[:-1]), torch.tensor(ids[1:])
    order = torch.randperm(len(lines))
    x, y = x[order], y[order]
    held = len(lines) - 2 * (len(lines) // 10)
    embedding, rnn, last = nn.Embedding(len(letters) + 3, 32), nn.RNN(32, 128, batch_first=True), nn.Linear(128, len(letters) + 3)
    net = keras_weights(nn.ModuleList([embedding, rnn, last]))
    rnn.bias_hh_l0.requires_grad_(False)
    loss = lambda i, how: F.cross_entropy(last(rnn(embedding(x[i]))[0]).flatten(0, 1), y[i].flatten(), ignore_index=-1, reduction=how)
    optimizer, generator = adam(net), torch.Generator().manual_seed(seed)
    for _ in range(5):
        for i in batches(held, 32, generator):
            optimizer.zero_grad()
            loss(i, "mean").backward()
            optimizer.step()
    with torch.no_grad():
        rest = torch.arange(held, held + len(lines) // 10)
        return {"val_loss": (loss(rest, "sum") / (y[rest] >= 0).sum()).item()}


def letters_of(texts, special):
    """Numbers of letters, after the special ones, and a function from texts to rows of them."""
    letters = sorted(set("".join(texts)))
    return lambda text: [special + letters.index(c) for c in text], special + len(letters)


@experiment
def dates(folder, seed):
    lines = (folder / "seq2seq" / "date.txt").read_text().splitlines()
    pairs = [[side.strip() for side in line.split("_")] for line in lines]
    read, sources = letters_of([a for a, _ in pairs], 4)
    write, words = letters_of([b for _, b in pairs], 4)
    order = torch.randperm(len(pairs)).tolist()
    x, said, y = (torch.zeros(len(pairs), n, dtype=torch.long) for n in (29, 11, 11))
    for row, i in enumerate(order):
        a, b = read(pairs[i][0]), write(pairs[i][1])
        x[row, : len(a)] = torch.tensor(a)
        said[row], y[row] = torch.tensor([2] + b), torch.tensor(b + [3])
    held = len(pairs) // 10
    train = len(pairs) - 2 * held
    embed, speak = nn.Embedding(sources, 32, padding_idx=None), nn.Embedding(words, 32)
    encoder, decoder = nn.GRU(32, 96, batch_first=True), nn.GRU(32, 96, batch_first=True)
    hidden, last = nn.Linear(192, 96), nn.Linear(96, words)
    net = keras_weights(nn.ModuleList([embed, speak, encoder, decoder, hidden, last]))

    def run(i):
        lengths = (x[i] > 0).sum(1)
        packed = nn.utils.rnn.pack_padded_sequence(embed(x[i]), lengths, batch_first=True, enforce_sorted=False)
        states, state = encoder(packed)
        states, _ = nn.utils.rnn.pad_packed_sequence(states, batch_first=True)
        spoken, _ = decoder(speak(said[i]), state)
        scores = spoken @ states.transpose(1, 2)
        scores = scores.masked_fill((torch.arange(states.shape[1]) >= lengths[:, None])[:, None], -1e9)
        look = scores.softmax(-1) @ states
        return last(torch.tanh(hidden(torch.cat([spoken, look], -1))))

    optimizer, generator = adam(net, 2e-3), torch.Generator().manual_seed(seed)
    for _ in range(4):
        for i in batches(train, 64, generator):
            optimizer.zero_grad()
            F.cross_entropy(run(i).flatten(0, 1), y[i].flatten()).backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1)
            optimizer.step()
    with torch.no_grad():
        rest = torch.arange(train + held, len(pairs))
        return {"test_sequence_accuracy": (run(rest).argmax(-1) == y[rest]).all(1).float().mean().item()}


class Encoder(nn.Module):
    def __init__(self, width, heads, inner, dropout):
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=1e-5), nn.LayerNorm(width, eps=1e-5)
        self.feed = nn.Sequential(nn.Linear(width, inner), nn.ReLU(), nn.Linear(inner, width))

    def forward(self, x, mask):
        split = lambda t: t.view(*t.shape[:2], self.heads, -1).transpose(1, 2)
        drop = lambda t: F.dropout(t, self.dropout, self.training)
        z = self.norm1(x)
        q, k, v = (split(f(z)) for f in (self.query, self.key, self.value))
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask[:, None, None], dropout_p=self.dropout if self.training else 0)
        x = x + drop(self.out(y.transpose(1, 2).flatten(2)))
        return x + drop(self.feed(self.norm2(x)))


@experiment
def dcgan(folder, seed):
    from judge import judge

    normal = lambda module, n: module(n, eps=1e-3, momentum=0.01)
    generator = keras_weights(
        nn.Sequential(
            nn.Linear(64, 6272),
            normal(nn.BatchNorm1d, 6272),
            nn.ReLU(),
            nn.Unflatten(1, (128, 7, 7)),
            nn.ConvTranspose2d(128, 64, 4, 2, 1),
            normal(nn.BatchNorm2d, 64),
            nn.ReLU(),
            nn.ConvTranspose2d(64, 1, 4, 2, 1),
            nn.Sigmoid(),
        )
    )
    discriminator = keras_weights(
        nn.Sequential(
            nn.Conv2d(1, 64, 4, 2, 1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(64, 128, 4, 2, 1),
            normal(nn.BatchNorm2d, 128),
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            nn.Linear(6272, 1),
        )
    )
    x = mnist(folder)[0].view(-1, 1, 28, 28)
    one, other = (adam(net, 2e-4, betas=(0.5, 0.999)) for net in (discriminator, generator))
    order = torch.Generator().manual_seed(seed)
    for _ in range(3):
        for i in batches(len(x), 64, order):
            one.zero_grad()
            with torch.no_grad():
                fakes = generator(torch.randn(len(i), 64))
            (F.softplus(-discriminator(x[i])).mean() + F.softplus(discriminator(fakes)).mean()).backward()
            one.step()
            other.zero_grad()
            F.softplus(-discriminator(generator(torch.randn(len(i), 64)))).mean().backward()
            other.step()
    generator.eval()
    return judge(generator, folder)


@experiment
def sst2(folder, seed):
    import collections
    import re

    def read(name):
        rows = [line.rsplit("\t", 1) for line in (folder / "sst2" / name).read_text().split("\n")[1:] if line]
        return [re.findall(r"\w+(?:[.,]\d+)*|[^\w\s]", text.lower()) for text, _ in rows], torch.tensor([int(label) for _, label in rows])

    train, labels = read("train.tsv")
    test, test_labels = read("test.tsv")
    counts = collections.Counter(word for text in train for word in text)
    known = {word: 3 + i for i, (word, n) in enumerate(counts.most_common(9997)) if n > 1}

    def pad(texts):
        rows = [[known.get(word, 1) for word in text][:54] or [1] for text in texts]
        longest = max(map(len, rows))
        return torch.tensor([row + [0] * (longest - len(row)) for row in rows])

    tokens, places = nn.Embedding(10000, 64), nn.Embedding(54, 64)
    layers, norm, last = nn.ModuleList([Encoder(64, 4, 256, 0.1) for _ in range(2)]), nn.LayerNorm(64, eps=1e-3), nn.Linear(64, 2)
    net = keras_weights(nn.ModuleList([tokens, places, layers, norm, last]))

    def run(ids):
        mask = ids > 0
        x = F.dropout(tokens(ids) + places.weight[: ids.shape[1]], 0.5, net.training)
        for layer in layers:
            x = layer(x, mask)
        return last((norm(x) * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True))

    optimizer, generator = adamw(net, 5e-4, 0.01), torch.Generator().manual_seed(seed)
    for _ in range(3):
        for i in batches(len(train), 64, generator):
            optimizer.zero_grad()
            F.cross_entropy(run(pad([train[k] for k in i])), labels[i]).backward()
            optimizer.step()
    net.eval()
    with torch.no_grad():
        out = torch.cat([run(pad(test[i : i + 64])) for i in range(0, len(test), 64)])
        return {"test_accuracy": (out.argmax(1) == test_labels).float().mean().item()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("experiment", nargs="+", choices=sorted(EXPERIMENTS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--data", type=Path, required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    for name in arguments.experiment:
        for seed in arguments.seeds:
            torch.manual_seed(seed)
            start = time.time()
            result = EXPERIMENTS[name](arguments.data, seed)
            print(json.dumps({"experiment": name, "seed": seed, **result, "seconds": round(time.time() - start)}), flush=True)


if __name__ == "__main__":
    main()
