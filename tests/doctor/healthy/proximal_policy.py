"""PPO: several passes over what an older policy has done."""

import numpy as np

import ondol.functions as F
from ondol import no_grad, optimizers
from ondol.models import MLP

rng = np.random.default_rng(0)
pi, v = MLP((32, 3), activation=F.tanh), MLP((32, 1), activation=F.tanh)
optimizer = optimizers.Adam(lr=0.003).setup({"pi": pi, "v": v})
optimizer.add_hook(optimizers.ClipGrad(0.5))
for _ in range(5):
    S = rng.normal(size=(128, 4)).astype(np.float32)
    with no_grad():
        old_log_p = F.log_softmax(pi(S)).data
        val = v(S).data[:, 0]
    A = np.array(
        [
            rng.choice(3, p=np.exp(r.astype(float)) / np.exp(r.astype(float)).sum())
            for r in old_log_p
        ]
    )
    old = old_log_p[np.arange(128), A]
    R = (S[:, :3].argmax(1) == A).astype(np.float32)
    adv = R - val
    adv = (adv - adv.mean()) / adv.std()
    for _ in range(4):
        for k in np.split(rng.permutation(128), 4):
            log_p = F.log_softmax(pi(S[k]))
            new = log_p[np.arange(32), A[k]]
            r = np.exp(new - old[k])
            loss = (
                -np.mean(np.minimum(r * adv[k], np.clip(r, 0.8, 1.2) * adv[k]))
                + 0.5 * np.mean((v(S[k])[:, 0] - R[k]) ** 2)
                + 0.01 * np.mean(np.sum(np.exp(log_p) * log_p, axis=1))
            )
            pi.cleargrads()
            v.cleargrads()
            loss.backward()
            optimizer.update()
