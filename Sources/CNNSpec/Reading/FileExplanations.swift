// Explanations of what can be wrong with weights, inputs, data and memory. They have no example spec.

extension Explanation {
  static let weightsFile = Explanation(
    """
    The weights are not a whole safetensors file: the header is damaged, offsets
    overlap, or bytes are missing at the end:

        error: expected 246824 bytes of tensors, found 264
    """,
    remedy: """
      Copy or save the file again. From PyTorch:

          safetensors.torch.save_file(model.state_dict(), "NAME.safetensors")

      in float32; `cnnc import NAME.safetensors --spec SPEC --output FOLDER` makes it
      float32 from other floats. A `.pt` or `.pth` file is not safetensors.
      """)

  static let weightsMismatch = Explanation(
    """
    The weights belong to another network: tensors are missing, have another
    shape, or are not the network's. All of them are listed:

        help: wrong shape: fc1.weight is [120, 400], expected [10, 4704]
        help: not in the network: conv2.weight [16, 6, 5, 5]

    Of a caffemodel it is blobs that a layer of its name does not have, of a
    state_dict modules that do not fit the network's layers one after the other.
    """,
    remedy: """
      Names are LAYER.weight and LAYER.bias, for `bn` also LAYER.running_mean and
      LAYER.running_var, LAYER being what `cnnc check` lists: a label or kind and
      ordinal. A conv's weight is [filters, channels/groups, height, width], an
      fc's [units, inputs]. Label the layers as the file names them, or use the
      weights of this very spec. A caffemodel goes with its own prototxt; for a
      state_dict `cnnc import` has --spec and --map.
      """)

  static let inputFile = Explanation(
    """
    An input cannot be decoded: it is no PNG, JPEG, PNM, `.npy` or IDX file, or
    it is damaged. Files are told apart by their first bytes, not by their names.
    """,
    remedy: """
      Convert it, for example with ImageMagick: `convert IN.webp OUT.png`. A
      damaged file has to be fetched again.
      """)

  static let inputShape = Explanation(
    """
    An input has a shape that the network does not take, or the network gives
    what the command cannot use: a float32 `.npy` is not [C, H, W] or
    [N, C, H, W] with the spec's `input`, a crop is larger than the image, or
    `eval` was asked for a network that ends in no scores.

        error: expected an input of 1x28x28, found 3x28x28
    """,
    remedy: """
      A float32 `.npy` is taken as it is; save images as uint8, [H, W] or
      [H, W, C], to have them preprocessed. For images, set `preprocess` in the
      spec: `resize: 256`, `crop: 224`.
      """)

  static let dataFolder = Explanation(
    """
    `--data` names a folder that holds no data set that is known, or one whose
    files do not agree: images without labels, labels that are none of the
    network's classes, a file that is cut short.
    """,
    remedy: """
      Three forms are known, each told apart by its files:
      - the four IDX files of MNIST's kind (train-images-idx3-ubyte, ...,
        gzipped or not); Debian's `dataset-fashion-mnist` has them in
        /usr/share/datasets/fashion-mnist;
      - CIFAR-10's binary batches (data_batch_1.bin, ..., test_batch.bin);
      - a folder of images for each class, or `train` and `test` with such.
      """)

  static let outputFile = Explanation(
    """
    A file cannot be written: its directory is not there, may not be written to,
    or the disk is full; or it would be an ONNX model of 2 GiB, which the format
    does not have. What stood there before is kept: a file is replaced only when
    the new one is whole.
    """,
    remedy: """
      Check the directory with `ls -ld DIR` and its room with `df -h DIR`.
      """)

  static let memoryLimit = Explanation(
    """
    The network needs more memory than the machine has, or than `--memory`
    allows. All memory is planned before a run, so this is said at once, not in
    the middle:

        error: 50000000000 bytes of memory are needed for activations (batch 1)

    A training step is made to fit `--memory` if it can be: cheap values are
    computed again instead of kept, then the batch is cut into parts that add up
    their gradients. As a note it says that batch norm's statistics are those of
    a part.
    """,
    remedy: """
      Take a smaller batch, input or network. `cnnc plan SPEC --batch N` shows
      what is needed and for how long each buffer lives; `cnnc check SPEC` shows
      the layer whose activations are largest; `cnnc check SPEC --training
      --memory M` the largest batch of a training step that fits.
      """)

  static let moreFindings = Explanation(
    """
    More was found than is shown: of one spec 100 errors, and 100 warnings and
    notes. The last line says how many more there are:

        note[more-findings]: ... and 23 more errors
    """,
    remedy: """
      Correct what is shown and check again. Often one mistake is behind many
      findings.
      """)
}
