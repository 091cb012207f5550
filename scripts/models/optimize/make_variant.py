"""Makes a smaller variant of an ONNX graph, with onnxruntime's own tools.

Called by npm run models:optimize, in the environment of requirements.txt. Inputs and outputs keep their names and
types; whatever comes before the first convolution or matrix product (casts, normalisation, resizes) and the last
softmax or sigmoid stay as they are.
"""

import argparse
import tempfile
from pathlib import Path

import numpy
import onnx
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process
from onnxruntime.transformers.float16 import convert_float_to_float16

# What carries the work of a convolutional network, and what stands between: a tensor that leaves these and comes back
# would be unpacked and packed again.
QUANTISED = [
    "Conv", "MatMul", "Gemm", "Add", "Mul", "Clip", "Relu", "Concat",
    "MaxPool", "AveragePool", "GlobalAveragePool", "ReduceMean", "Flatten", "Reshape",
]
HEAVY = {"Conv", "MatMul", "Gemm"}
LAST = {"Softmax", "Sigmoid", "LogSoftmax"}
# Entropy is left out: with the 128 bins for 128 steps that quantize_static gives it, it has nothing to choose from.
METHODS = {
    "minmax": CalibrationMethod.MinMax,
    "percentile": CalibrationMethod.Percentile,
}


def in_front(graph):
    """Names of the nodes that only see what the input was before any weight met it."""
    made_by = {output: node for node in graph.node for output in node.output}
    behind = set()
    front = []
    for node in graph.node:  # in topological order, as ONNX demands
        sources = [made_by[each] for each in node.input if each in made_by]
        if node.op_type in HEAVY or any(each.output[0] in behind for each in sources):
            behind.add(node.output[0])
        else:
            front.append(node.name)
    return front


def first_heavy(graph, count):
    """Names of the first so many convolutions or matrix products: they see the picture itself, and err the most."""
    return [node.name for node in graph.node if node.op_type in HEAVY][:count]


def at_the_end(graph):
    """Names of the activations that give the graph's outputs."""
    outputs = {each.name for each in graph.output}
    return [node.name for node in graph.node if node.op_type in LAST and outputs & set(node.output)]


def named(model):
    """Nodes may have no names; those that are to be left alone need one."""
    for index, node in enumerate(model.graph.node):
        if not node.name:
            node.name = f"{node.op_type}_{index}"
    return model


class Pictures(CalibrationDataReader):
    """What the pack's graph is given for each picture, one after the other."""

    def __init__(self, name, values):
        self.rest = ({name: value[None]} for value in values)

    def get_next(self):
        return next(self.rest, None)


def read_pictures(path, dtype, shape):
    return numpy.fromfile(path, dtype=dtype).reshape(-1, *shape)


def make_float16(arguments):
    model = named(onnx.load(arguments.graph))
    keep = in_front(model.graph) + at_the_end(model.graph)
    onnx.save(convert_float_to_float16(model, keep_io_types=True, node_block_list=keep), arguments.out)


def make_int8(arguments):
    with tempfile.TemporaryDirectory() as folder:
        prepared = str(Path(folder) / "prepared.onnx")
        onnx.save(named(onnx.load(arguments.graph)), prepared)
        # folds batch normalisation into convolutions, and finds the shapes
        quant_pre_process(prepared, prepared, skip_symbolic_shape=True)
        model = named(onnx.load(prepared))
        onnx.save(model, prepared)
        shape = [int(side) for side in arguments.shape.split(",")]
        pictures = read_pictures(arguments.pictures, arguments.dtype, shape)
        quantize_static(
            prepared,
            arguments.out,
            Pictures(model.graph.input[0].name, pictures),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=QUANTISED,
            nodes_to_exclude=[
                *in_front(model.graph),
                *first_heavy(model.graph, arguments.keep),
                *at_the_end(model.graph),
            ],
            per_channel=True,
            reduce_range=arguments.reduce_range,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=METHODS[arguments.method],
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=["float16", "int8"])
    parser.add_argument("graph")
    parser.add_argument("out")
    parser.add_argument("--pictures", help="the graph's inputs for the calibration pictures, one after the other")
    parser.add_argument("--dtype", choices=["uint8", "float32"])
    parser.add_argument("--shape", help="of one picture's input, with commas, without the batch axis")
    parser.add_argument("--method", choices=sorted(METHODS), default="minmax")
    parser.add_argument("--keep", type=int, default=0, help="first convolutions that stay float32")
    parser.add_argument("--reduce-range", action="store_true", help="7-bit weights")
    arguments = parser.parse_args()
    (make_float16 if arguments.kind == "float16" else make_int8)(arguments)


if __name__ == "__main__":
    main()
